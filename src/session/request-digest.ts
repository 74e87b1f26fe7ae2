import { findUserTexts } from '../prompt/user-text.js'
import { findMember, listItems, type Range, wholeRange } from '../request/json-ranges.js'
import type { JsonObject } from '../request/request-body.js'
import { contentText, outputText } from './entry-text.js'

/** What one request tells of its turn. */
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
 * Reads the user's messages and the tools' results of one turn out of a request, from its end up: the rest of the history
 * is not parsed. `known` are the ids of those that were read before.
 */
export function digestRequest(json: Buffer, turn: string, known: (id: string) => boolean): RequestDigest {
  const prompts: DigestPrompt[] = []
  const results: Array<{ call: string; output: string }> = []
  for (const range of itemsOf(json).reverse()) {
    const item = parseItem(json.subarray(range.start, range.end), turn)
    if (item === null) continue
    if (typeof item.call_id === 'string' && String(item.type).endsWith('_output')) {
      // Results come in order: what stands before one that is known is known too.
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

/** An item of the turn that may be worth reading: everything else of a request is left unparsed. */
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
