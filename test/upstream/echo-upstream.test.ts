import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '../../src/request/encoding.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { type ResponseEvent, watchStream } from '../../src/stream/truncation.js'
import { createEchoUpstream, type EchoContent } from '../../src/upstream/echo-upstream.js'
import type { UpstreamResponse } from '../../src/upstream/upstream.js'
import { recorded } from '../fixtures/recorded/load.js'

async function send(
  body: JsonObject | null,
  { method = 'POST', path = '/responses', content = 'text' as EchoContent, encoding = 'identity' } = {},
): Promise<{ response: UpstreamResponse; text: string }> {
  const upstream = createEchoUpstream(content)
  const bytes = body === null ? null : await encode(Buffer.from(JSON.stringify(body)), encoding)
  const response = await upstream.send({
    method,
    url: new URL(`http://echo.invalid/v1${path}`),
    headers: [['content-encoding', encoding]],
    body: bytes,
    signal: new AbortController().signal,
  })
  const parts: Buffer[] = []
  for await (const part of response.body as AsyncIterable<Buffer>) parts.push(part)
  await upstream.close()
  return { response, text: Buffer.concat(parts).toString() }
}

interface Answer {
  readonly types: string[]
  readonly item: { readonly type: string; readonly content?: Array<{ text: string }>; readonly [key: string]: unknown }
  readonly streamed: string
  readonly said: string
}

/** Posts a body and reads the stream that codex would read. */
async function ask(body: JsonObject, options: Parameters<typeof send>[1] = {}): Promise<Answer> {
  const { response, text } = await send(body, options)
  expect(response.status).toBe(200)
  expect(response.headers).toContainEqual(['content-type', 'text/event-stream'])
  const events: ResponseEvent[] = []
  const watch = watchStream(null, (event) => events.push(event))
  watch?.push(Buffer.from(text))
  await watch?.end()
  expect(watch?.finished).toBe(true)
  const values = events.map(
    ({ data }) => JSON.parse(data) as { delta?: string; item: Answer['item']; response?: { id: string } },
  )
  const done = events.findIndex(({ type }) => type === 'response.output_item.done')
  const item = values[done]?.item ?? { type: 'none' }
  expect(values.at(-1)?.response?.id).toMatch(/^resp_echo_/)
  expect(values.at(-1)?.response?.id).toBe(values[0]?.response?.id)
  return {
    types: [...new Set(events.map(({ type }) => type))],
    item,
    streamed: values.map(({ delta }) => delta ?? '').join(''),
    said: item.content?.map((part) => part.text).join('') ?? '',
  }
}

const user = (...content: JsonObject[]): JsonObject => ({ input: [{ type: 'message', role: 'user', content }] })
const words = (text: string): JsonObject => ({ type: 'input_text', text })

describe('a turn', () => {
  it.each(['identity', 'zstd', 'gzip'])(
    'in %s is answered with the newest prompt, streamed and finished',
    async (encoding) => {
      const answer = await ask(recorded('skill').body, { encoding })
      expect(answer.said).toBe('$cxsk hello')
      expect(answer.streamed).toBe('$cxsk hello')
      expect(answer.types).toEqual([
        'response.created',
        'response.output_item.added',
        'response.output_text.delta',
        'response.output_item.done',
        'response.completed',
      ])
      expect(answer.item).not.toHaveProperty('id')
    },
  )

  it('with images shows their kind and size, not their bytes', async () => {
    const image = `data:image/png;base64,${'A'.repeat(5000)}`
    const { said } = await ask(user(words('look'), { type: 'input_image', image_url: image }, words('here')))
    expect(said).toBe(`look\n\n[input_image: data:image/png;base64,… ${image.length} characters]\n\nhere`)
  })

  it('without a message of the user says so', async () => {
    expect((await ask(recorded('sub-agent').body)).said).toContain('no user message')
    expect((await ask({})).said).toContain('no user message')
  })

  it('in full mode is answered with the whole body', async () => {
    const { body } = recorded('first-turn')
    expect(JSON.parse((await ask(body, { content: 'full' })).said)).toEqual(body)
  })

  it('streams any text without loss', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 600 }), async (text) => {
        const answer = await ask(user(words(`x${text}`)))
        expect(answer.streamed).toBe(`x${text}`)
        expect(answer.said).toBe(`x${text}`)
      }),
      { numRuns: 50 },
    )
  })

  it('survives parts that are no objects', async () => {
    const input = [{ role: 'user', content: [words('x'), null, 1, [], {}] }]
    expect((await ask({ input })).said.startsWith('x')).toBe(true)
  })
})

describe('codex’s own requests', () => {
  it('for a title get an object that fits the schema', async () => {
    expect(JSON.parse((await ask(recorded('title').body)).said)).toEqual({ title: '/foo bar' })
  })

  it.each([
    ['a long prompt', 'word '.repeat(50)],
    ['emoji at the cut', `${'x'.repeat(35)}🙂🙂`],
    ['nothing', ''],
    ['lines', '\n\n first \n second'],
  ])('for a title of %s stay in its limits', async (_name, prompt) => {
    const { body } = recorded('title')
    const parts = (body.input as Array<{ content: Array<{ text: string }> }>).at(-1)?.content
    if (parts?.[0]) parts[0].text = `Generate a title.\n\nUser prompt:\n${prompt}`
    const { title } = JSON.parse((await ask(body)).said) as { title: string }
    expect(title.length).toBeGreaterThan(0)
    expect(title.length).toBeLessThanOrEqual(36)
    expect(title).toBe(Buffer.from(title).toString())
  })

  it('for a compaction get exactly one compaction item', async () => {
    const answer = await ask(recorded('compaction').body)
    expect(answer.item.type).toBe('compaction')
    expect(answer.types).toEqual(['response.created', 'response.output_item.done', 'response.completed'])
  })

  it('for models and search get what they can read, and everything else a 404', async () => {
    const models = await send(null, { method: 'GET', path: '/models?client_version=0.169.0' })
    expect([models.response.status, models.text]).toEqual([200, '{"models":[]}'])
    const search = await send({}, { path: '/alpha/search' })
    expect(search.response.status).toBe(200)
    expect(JSON.parse(search.text)).toHaveProperty('results')
    for (const options of [
      { path: '/images/generations' },
      { method: 'GET', path: '/x' },
      { method: 'DELETE', path: '/responses' },
    ]) {
      expect((await send({}, options)).response.status).toBe(404)
    }
  })
})

it('a body that cannot be read is a failure with a code', async () => {
  const upstream = createEchoUpstream('text')
  const request = { method: 'POST', url: new URL('http://e.invalid/responses'), signal: new AbortController().signal }
  const broken = upstream.send({ ...request, headers: [['content-encoding', 'zstd']], body: Buffer.from('no zstd') })
  await expect(broken).rejects.toMatchObject({ code: 'CP_BODY_ENCODING' })
  await expect(upstream.send({ ...request, headers: [], body: null })).rejects.toMatchObject({
    code: 'CP_BODY_INVALID',
  })
})
