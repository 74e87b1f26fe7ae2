import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatEvent, itemEvents, messageEvents } from '../../src/stream/local-response-events.js'
import { type ResponseEvent, watchStream } from '../../src/stream/truncation.js'

async function eventsOf(stream: string): Promise<ResponseEvent[]> {
  const events: ResponseEvent[] = []
  const watch = watchStream(null, (event) => events.push(event))
  watch?.push(Buffer.from(stream))
  await watch?.end()
  expect(watch?.finished).toBe(true)
  return events
}

describe('messageEvents', () => {
  it('is the smallest stream codex takes for an answer (codex-0.169 section 2.5), without an id for the message', async () => {
    const events = (await eventsOf(messageEvents('resp_1', 'hello'))).map(({ data }) => JSON.parse(data) as unknown)
    expect(events).toEqual([
      { type: 'response.created', response: { id: 'resp_1' } },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] },
      },
      { type: 'response.completed', response: { id: 'resp_1', usage: expect.objectContaining({ total_tokens: 0 }) } },
    ])
  })

  it('carries any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const [, item] = await eventsOf(messageEvents('resp_1', text))
        expect((JSON.parse(item?.data ?? '') as { item: { content: [{ text: string }] } }).item.content[0].text).toBe(
          text,
        )
      }),
    )
  })
})

it('itemEvents carries the item as it is', async () => {
  const [, done] = await eventsOf(itemEvents('resp_1', { type: 'compaction', encrypted_content: 'x' }))
  expect(JSON.parse(done?.data ?? '')).toMatchObject({ item: { type: 'compaction', encrypted_content: 'x' } })
})

it('formatEvent names the event as its data does', () => {
  expect(formatEvent({ type: 'a', text: '1\n2' })).toBe('event: a\ndata: {"type":"a","text":"1\\n2"}\n\n')
})
