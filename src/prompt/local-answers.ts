import type { InputItem } from '../request/input-item.js'
import type { JsonObject } from '../request/request-body.js'
import type { LedgerEntry } from './ledger.js'

/** Shown when a local answer has no text. */
export const NO_OUTPUT = '(no output)'

/**
 * Returns the positions of the items to leave out so that the model does not see local exchanges marked as `aside`: the
 * user's message and the local answer after it. All other items stay, so no tool call loses its output: local exchanges
 * have neither.
 */
export function asideIndexes(
  items: readonly InputItem[],
  messages: ReadonlyArray<{ readonly id: string; readonly index: number }>,
  entries: ReadonlyMap<string, LedgerEntry>,
): ReadonlySet<number> {
  const left = new Set<number>()
  for (const [order, { id, index }] of messages.entries()) {
    const entry = entries.get(id)
    if (entry?.aside !== true) continue
    left.add(index)
    const next = messages[order + 1]?.index ?? items.length
    const answer = items.findIndex(
      (item, at) => at > index && at < next && answerText(item) === (entry.answer || NO_OUTPUT),
    )
    if (answer !== -1) left.add(answer)
  }
  return left
}

/** Returns the text of an assistant message; null for any other item. */
function answerText(item: InputItem): string | null {
  if (!item.bytes.includes('"assistant"')) return null
  const { role, content } = item.json() ?? {}
  if (role !== 'assistant' || !Array.isArray(content)) return null
  return (content as JsonObject[]).map(({ text }) => (typeof text === 'string' ? text : '')).join('')
}
