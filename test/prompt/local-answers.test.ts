import { describe, expect, it } from 'vitest'
import { findUserMessages } from '../../src/prompt/apply-rewrites.js'
import type { LedgerEntry } from '../../src/prompt/ledger.js'
import { asideIndexes } from '../../src/prompt/local-answers.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { joinRequest, splitRequest } from '../../src/request/request-parts.js'

const user = (id: string, text: string): JsonObject => ({
  type: 'message',
  id,
  role: 'user',
  content: [{ type: 'input_text', text }],
  internal_chat_message_metadata_passthrough: { turn_id: 't', content_item_kinds: ['user.text'] },
})
const assistant = (text: string): JsonObject => ({
  type: 'message',
  id: `msg_${text}`,
  role: 'assistant',
  content: [{ type: 'output_text', text }],
})
const context = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'context' }] }
const entry = (messageId: string, answer: string, aside = true): [string, LedgerEntry] => [
  messageId,
  { messageId, turnId: 't', content: null, kinds: [], model: null, effort: null, answer, aside },
]

function cut(input: JsonObject[], entries: Array<[string, LedgerEntry]>, space?: number): JsonObject[] {
  const parts = splitRequest(Buffer.from(JSON.stringify({ model: 'm', input, stream: true }, null, space)))
  const items = parts?.items ?? []
  const left = asideIndexes(items, findUserMessages(items), new Map(entries))
  const text = joinRequest({
    members: parts?.members ?? new Map(),
    items: items.filter((_, index) => !left.has(index)),
  })
  return (JSON.parse(text.toString()) as { input: JsonObject[] }).input
}

describe('a local exchange', () => {
  const [a, b] = [user('a', '/status'), user('b', 'go on')]

  it.each([undefined, 2])('is left out, whatever stands around it (indent %s)', (space) => {
    const entries = [entry('a', 'all well')]
    expect(cut([context, a, assistant('all well'), b], entries, space)).toEqual([context, b])
    expect(cut([a, assistant('all well'), b], entries, space)).toEqual([b])
    expect(cut([context, a, assistant('all well')], entries, space)).toEqual([context])
    expect(cut([a, assistant('all well')], entries, space)).toEqual([])
    expect(cut([a, context, assistant('all well'), b], entries, space)).toEqual([context, b])
  })

  it('more than one, in a row and apart', () => {
    const c = user('c', '/help')
    const entries = [entry('a', 'all well'), entry('c', 'help')]
    expect(cut([a, assistant('all well'), c, assistant('help'), b], entries)).toEqual([b])
    expect(cut([a, assistant('all well'), b, c, assistant('help')], entries)).toEqual([b])
  })

  it('only with the answer that was given here, and before the next message', () => {
    expect(cut([a, assistant('of the model'), b], [entry('a', 'all well')])).toEqual([assistant('of the model'), b])
    expect(cut([a, b, assistant('all well')], [entry('a', 'all well')])).toEqual([b, assistant('all well')])
  })

  it('that is shared stays', () => {
    const items = [a, assistant('all well'), b]
    expect(cut(items, [entry('a', 'all well', false)])).toEqual(items)
    expect(cut(items, [])).toEqual(items)
  })
})
