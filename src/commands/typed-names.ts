import type { CommandEngine } from './command-engine.js'
import type { CommandIndex } from './discover-commands.js'
import { findCommand } from './expand-prompt.js'
import { parseSlash } from './slash-prompt.js'

/** Recognizes and completes codex-plus commands in the text typed into codex's composer. */
export interface TypedNames {
  /** Whether a draft that begins with `text` is a command of codex-plus. */
  owns(text: string): boolean
  /**
   * Returns what Tab adds to `/word`: the rest of a name and a space, or what several names share; null without a
   * match.
   */
  completion(word: string): string | null
}

/** Recognizes no command at all. */
export const NOTHING_TYPED: TypedNames = { owns: () => false, completion: () => null }

/** Recognizes the commands of the folder that the thread on the screen works in, which may change at any time (`/cd`). */
export interface FollowingNames extends TypedNames {
  /** Makes the names of the current folder count; `shown` are the parts of codex's status line, one of which may name it. */
  look(shown: readonly string[]): Promise<void>
}

/** Creates it; `namesIn` returns the names of the current folder. */
export function followingNames(namesIn: (shown: readonly string[]) => Promise<TypedNames>): FollowingNames {
  let current = NOTHING_TYPED
  return {
    async look(shown) {
      current = await namesIn(shown)
    },
    owns: (text) => current.owns(text),
    completion: (word) => current.completion(word),
  }
}

/**
 * Creates the recognizer. A native command of codex (`isNative`) stays codex's unless the user has a file of that name;
 * a shipped or built-in command never replaces one (design, section "Dialects").
 */
export function typedNames(engine: CommandEngine, isNative: (name: string) => boolean): TypedNames {
  const isUsers = (name: string, index: CommandIndex): boolean => {
    const file = findCommand(name, index)
    return file !== null && file.source !== 'shipped'
  }
  return {
    owns(text) {
      const name = parseSlash(text)?.name ?? ''
      if (name === '') return false
      const index = engine.index()
      if (isNative(name)) return isUsers(name, index)
      return engine.names().has(name) || findCommand(name, index) !== null || engine.mayHave(name)
    },
    completion(word) {
      const typed = word.slice(1)
      const index = engine.index()
      const found = [...engine.names()].filter(
        (name) => name.startsWith(typed) && (!isNative(name) || isUsers(name, index)),
      )
      const [first] = found
      if (first === undefined) return null
      if (found.length === 1) return `${first.slice(typed.length)} `
      return commonStart(found).slice(typed.length)
    },
  }
}

function commonStart(names: readonly string[]): string {
  return names.reduce((start, name) => {
    let length = 0
    while (length < start.length && start[length] === name[length]) length += 1
    return start.slice(0, length)
  })
}
