import { findMember, listItems, wholeRange } from '../request/json-ranges.js'
import type { JsonObject } from '../request/request-body.js'

const OPENING = '<environment_context>'
/** How codex labels the part of a message that describes the environment (codex-0.169 section 3). */
const KIND = 'environments.environment_context'

/**
 * Returns the working directory that the newest environment context of a request names; null when none names one. codex
 * adds a context when something has changed: one about the date alone names no directory.
 */
export function workingDirectoryOf(json: Buffer): string | null {
  if (!json.includes(OPENING)) return null
  const input = findMember(json, wholeRange(json), 'input')
  const items = (input && listItems(json, input)) ?? []
  for (const { start, end } of items.reverse()) {
    const bytes = json.subarray(start, end)
    // Tool outputs may quote a context; only what codex itself labels counts.
    if (!bytes.includes(OPENING) || !bytes.includes('"user"')) continue
    const directory = contextsOf(bytes).reverse().map(directoryIn).find(Boolean)
    if (directory) return directory
  }
  return null
}

/**
 * Returns a key of the environment contexts that a request may hold: while it stays the same from one request of a thread
 * to the next, so does the directory. It is found much faster than the directory.
 */
export function contextKey(json: Buffer): string {
  const parts: string[] = []
  for (let at = json.indexOf(OPENING); at !== -1; at = json.indexOf(OPENING, at + 1)) {
    parts.push(`${at} ${json.toString('latin1', at, at + KEY_BYTES)}`)
  }
  return parts.join('\n')
}

/** More bytes than a context has before the end of its directory. */
const KEY_BYTES = 5000

/** Returns the environment contexts of one message, in order. */
function contextsOf(bytes: Buffer): string[] {
  let message: JsonObject
  try {
    message = JSON.parse(bytes.toString('utf8')) as JsonObject
  } catch {
    return []
  }
  if (message.role !== 'user' || message.type !== 'message' || !Array.isArray(message.content)) return []
  const passthrough = message.internal_chat_message_metadata_passthrough as JsonObject | undefined
  const kinds = passthrough?.content_item_kinds
  return (message.content as JsonObject[]).flatMap((part, index) => {
    // A codex that labels no parts writes the context as a message of its own.
    const labelled = Array.isArray(kinds) ? kinds[index] === KIND : true
    const text = typeof part?.text === 'string' ? part.text : ''
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
