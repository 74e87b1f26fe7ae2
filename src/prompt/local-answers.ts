import { findMember, listItems, type Range, wholeRange } from '../request/json-ranges.js'
import type { JsonObject } from '../request/request-body.js'
import type { LedgerEntry } from './ledger.js'

/** Shown when a local answer has no text. */
export const NO_OUTPUT = '(no output)'

/**
 * Returns the byte ranges to cut so that the model does not see local exchanges marked as `aside`: the user's message
 * and the local answer after it. All other items stay, so no tool call loses its output: local exchanges have neither.
 */
export function localAnswerRanges(
  json: Buffer,
  messages: ReadonlyArray<{ readonly id: string; readonly range: Range }>,
  entries: ReadonlyMap<string, LedgerEntry>,
): Range[] {
  const asides = messages.filter(({ id }) => entries.get(id)?.aside === true)
  const input = asides.length > 0 ? findMember(json, wholeRange(json), 'input') : null
  const items = input && listItems(json, input)
  if (!items) return []
  const cut = new Set<number>()
  for (const { id, range } of asides) {
    const at = items.findIndex(({ start }) => start === range.start)
    const entry = entries.get(id)
    if (at === -1 || !entry) continue
    cut.add(at)
    const next = messages.find(({ range: other }) => other.start > range.start)?.range.start ?? json.length
    const answer = items.findIndex(
      (item, index) => index > at && item.start < next && answerText(json, item) === (entry.answer || NO_OUTPUT),
    )
    if (answer !== -1) cut.add(answer)
  }
  return cutRuns(items, cut)
}

/** Returns the ranges of the items, each with one adjacent comma, so that the JSON list stays valid. */
function cutRuns(items: readonly Range[], cut: ReadonlySet<number>): Range[] {
  const ranges: Range[] = []
  for (let first = 0; first < items.length; first += 1) {
    if (!cut.has(first)) continue
    let last = first
    while (cut.has(last + 1)) last += 1
    const [before, start, end, after] = [items[first - 1], items[first], items[last], items[last + 1]]
    if (start && end) {
      if (after) ranges.push({ start: start.start, end: after.start })
      else ranges.push({ start: before?.end ?? start.start, end: end.end })
    }
    first = last
  }
  return ranges
}

/** Returns the text of an assistant message; null for any other item. */
function answerText(json: Buffer, { start, end }: Range): string | null {
  const bytes = json.subarray(start, end)
  if (!bytes.includes('"assistant"')) return null
  try {
    const { role, content } = JSON.parse(bytes.toString('utf8')) as JsonObject
    if (role !== 'assistant' || !Array.isArray(content)) return null
    return (content as JsonObject[]).map(({ text }) => (typeof text === 'string' ? text : '')).join('')
  } catch {
    return null
  }
}
