import { findUserTexts } from '../prompt/user-text.js'
import type { InputItem } from '../request/input-item.js'
import type { JsonObject } from '../request/request-body.js'
import { contentText, outputText } from './entry-text.js'

/** The user's messages and tool results that one request adds to its turn. */
export interface RequestDigest {
  readonly prompts: readonly DigestPrompt[]
  readonly results: ReadonlyArray<{ readonly call: string; readonly output: string }>
}

export interface DigestPrompt {
  readonly message: string
  readonly text: string
  readonly images: number
}

/** What was read before: ids of messages and calls, and items that later requests hold again. */
export interface KnownItems {
  readonly ids: ReadonlySet<string>
  readonly items: WeakSet<InputItem>
}

/**
 * Reads the user's messages and the tool results of one turn from a request, starting at its end; the rest of the
 * history is not parsed. Adds the items that it looked at to `known.items`.
 */
export function digestRequest(items: readonly InputItem[], turn: string, known: KnownItems): RequestDigest {
  const prompts: DigestPrompt[] = []
  const results: Array<{ call: string; output: string }> = []
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const input = items[index] as InputItem
    // Items are added at the end: those before one that was read were read too.
    if (known.items.has(input)) break
    known.items.add(input)
    const item = parseItem(input, turn)
    if (item === null) continue
    if (typeof item.call_id === 'string' && String(item.type).endsWith('_output')) {
      // Results are in order: those before a known one are known too.
      if (known.ids.has(item.call_id)) break
      results.unshift({ call: item.call_id, output: outputText(item) })
    } else if (typeof item.id === 'string' && !known.ids.has(item.id)) {
      const prompt = readPrompt(item)
      if (prompt !== null) prompts.unshift(prompt)
    }
  }
  return { prompts, results }
}

/** Returns the message of a request with an id, as it is sent; null when the request has none. */
export function findPrompt(items: readonly InputItem[], message: string): DigestPrompt | null {
  const item = items.findLast(({ id }) => id === message)?.json()
  return item ? readPrompt(item) : null
}

function readPrompt(item: JsonObject): DigestPrompt | null {
  const texts = findUserTexts({ input: [item] })
  if (texts.length === 0) return null
  const text = texts.map((part) => part.text).join('\n')
  return { message: String(item.id), text, images: contentText(item.content).images }
}

/**
 * Parses an item if it may be a user message or tool result of the turn; null for all others, mostly without parsing.
 */
function parseItem(input: InputItem, turn: string): JsonObject | null {
  const { bytes } = input
  if (!bytes.includes(turn) || !(bytes.includes('"user"') || bytes.includes('_output"'))) return null
  const item = input.json()
  const passthrough = item?.internal_chat_message_metadata_passthrough as JsonObject | undefined
  return passthrough?.turn_id === turn ? item : null
}
