import { findUserTexts } from '../prompt/user-text.js'
import { findMember, listItems, type Range, wholeRange } from '../request/json-ranges.js'
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

/**
 * Reads the user's messages and the tool results of one turn from a request, starting at its end; the rest of the
 * history is not parsed. `known` returns whether an id was read before.
 */
export function digestRequest(json: Buffer, turn: string, known: (id: string) => boolean): RequestDigest {
  const prompts: DigestPrompt[] = []
  const results: Array<{ call: string; output: string }> = []
  for (const range of itemsOf(json).reverse()) {
    const item = parseItem(json.subarray(range.start, range.end), turn)
    if (item === null) continue
    if (typeof item.call_id === 'string' && String(item.type).endsWith('_output')) {
      // Results are in order: those before a known one are known too.
      if (known(item.call_id)) break
      results.unshift({ call: item.call_id, output: outputText(item) })
    } else if (typeof item.id === 'string' && !known(item.id)) {
      const texts = findUserTexts({ input: [item] })
      if (texts.length === 0) continue
      const text = texts.map((part) => part.text).join('\n')
      prompts.unshift({ message: item.id, text, images: contentText(item.content).images })
    }
  }
  return { prompts, results }
}

function itemsOf(json: Buffer): Range[] {
  const input = findMember(json, wholeRange(json), 'input')
  return (input && listItems(json, input)) ?? []
}

/**
 * Parses an item if it may be a user message or tool result of the turn; null for all others, mostly without parsing.
 */
function parseItem(bytes: Buffer, turn: string): JsonObject | null {
  if (!bytes.includes(turn) || !(bytes.includes('"user"') || bytes.includes('_output"'))) return null
  try {
    const item = JSON.parse(bytes.toString('utf8')) as JsonObject
    const passthrough = item.internal_chat_message_metadata_passthrough as JsonObject | undefined
    return passthrough?.turn_id === turn ? item : null
  } catch {
    return null
  }
}
