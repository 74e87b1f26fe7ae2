import type { CommandEngine } from './command-engine.js'
import type { CommandIndex } from './discover-commands.js'
import { findCommand } from './expand-prompt.js'
import { parseSlash } from './slash-prompt.js'

/** What is typed into codex's composer, as the commands here see it. */
export interface TypedNames {
  /** Whether a draft that begins with `text` is a command of ours. */
  owns(text: string): boolean
  /** What Tab adds to `/word`: a name's rest and a space, what several names have in common; null where none begins so. */
  completion(word: string): string | null
}

/** Where nothing that is typed is ours. */
export const NOTHING_TYPED: TypedNames = { owns: () => false, completion: () => null }

/**
 * The names that are ours when typed. One of codex's own (`isNative`) stays codex's unless the user has a file of that name;
 * what is shipped or built in never takes one (design, section "Dialects").
 */
export function typedNames(expander: CommandEngine, isNative: (name: string) => boolean): TypedNames {
  const isUsers = (name: string, index: CommandIndex): boolean => {
    const file = findCommand(name, index)
    return file !== null && file.source !== 'shipped'
  }
  return {
    owns(text) {
      const name = parseSlash(text)?.name ?? ''
      if (name === '') return false
      const index = expander.index()
      if (isNative(name)) return isUsers(name, index)
      return expander.names().has(name) || findCommand(name, index) !== null || expander.mayHave(name)
    },
    completion(word) {
      const typed = word.slice(1)
      const index = expander.index()
      const found = [...expander.names()].filter(
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
