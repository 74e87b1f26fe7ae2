import { isObject } from '../json.js'
import type { InputItem } from '../request/input-item.js'

const OPENING = '<environment_context>'
/** How codex labels the part of a message that describes the environment (codex-0.169 section 3). */
const KIND = 'environments.environment_context'

/** What was found in an item before; later requests of the thread may hold the same items. */
const known = new WeakMap<InputItem, string | null>()

/**
 * Returns the working directory that the newest environment context of a request names; null when none names one. codex
 * adds a context when something has changed: one about the date alone names no directory.
 */
export function workingDirectoryOf(items: readonly InputItem[]): string | null {
  for (const item of items.toReversed()) {
    let directory = known.get(item)
    if (directory === undefined) {
      directory = contextsOf(item).map(directoryIn).findLast(Boolean) ?? null
      known.set(item, directory)
    }
    if (directory !== null) return directory
  }
  return null
}

/** Returns the environment contexts of a message, in order. Tool outputs may quote one: only what codex itself labels counts. */
function contextsOf(item: InputItem): string[] {
  const message = item.bytes.includes(OPENING) ? item.json() : null
  if (message?.role !== 'user' || message.type !== 'message' || !Array.isArray(message.content)) return []
  const passthrough = message.internal_chat_message_metadata_passthrough
  const kinds = isObject(passthrough) ? passthrough.content_item_kinds : undefined
  return (message.content as unknown[]).flatMap((part, index) => {
    // A codex that labels no parts writes the context as a message of its own.
    const labelled = Array.isArray(kinds) ? kinds[index] === KIND : true
    const text = isObject(part) && typeof part.text === 'string' ? part.text : ''
    return labelled && text.startsWith(OPENING) ? [text] : []
  })
}

/**
 * Returns the directory of codex's own environment in a context; undefined when it names none. Of several environments
 * it is the one called `local`; the names of sub-agents, which a model chooses, come after it.
 */
function directoryIn(context: string): string | undefined {
  const text = context.split('\n  <subagents>')[0] ?? ''
  const single = /^ {2}<cwd>([^<]+)<\/cwd>$/m.exec(text)?.[1]
  const local = /^ {4}<environment id="local"[^>\n]*>\n {6}<cwd>([^<]+)<\/cwd>$/m.exec(text)?.[1]
  return (single ?? local)?.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
