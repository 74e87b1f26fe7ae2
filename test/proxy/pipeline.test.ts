import { afterEach, describe, expect, it } from 'vitest'
import { CodexPlusError } from '../../src/errors.js'
import type { Stage, StreamedAnswer } from '../../src/proxy/exchange.js'
import { encode } from '../../src/request/encoding.js'
import type { HeaderList } from '../../src/request/header-list.js'
import { RequestBody } from '../../src/request/request-body.js'
import type { EventFlow } from '../../src/stream/event-flow.js'
import { messageEvents } from '../../src/stream/local-response-events.js'
import type { UpstreamRequest, UpstreamResponse } from '../../src/upstream/upstream.js'
import { connectRaw, exchange, requestBytes } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'
import { recorded } from '../fixtures/recorded/load.js'

const SSE: HeaderList = [['content-type', 'text/event-stream']]
const STREAM = messageEvents('resp_1', 'hello')
let proxy: ProxyUnderTest | undefined
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})

async function start(
  send: (request: UpstreamRequest) => UpstreamResponse | Promise<UpstreamResponse>,
  ...stages: Stage[]
): Promise<ProxyUnderTest> {
  proxy = await startProxy(send, { stages })
  return proxy
}

const request = recorded('first-turn')
const recordedHeaders = Object.fromEntries(
  request.rawHeaders
    .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const)
    .filter(([name]) => !['host', 'content-length', 'content-encoding'].includes(name)),
)

describe('an untouched request', () => {
  it.each(['identity', 'zstd', 'gzip', 'br', 'deflate'])(
    'in %s leaves as it came, headers in order',
    async (encoding) => {
      const { port, target, sent } = await start(() => respond(200, SSE, STREAM))
      const raw = await encode(Buffer.from(JSON.stringify(request.body)), encoding)
      const headers = { ...recordedHeaders, 'content-encoding': encoding, 'X-Spelling': 'Kept' }
      expect((await exchange(port, 'POST', target('/responses'), headers, raw)).status).toBe(200)
      expect(sent).toHaveLength(1)
      expect(sent[0]?.body?.equals(raw)).toBe(true)
      expect(sent[0]?.headers).toEqual(Object.entries(headers))
      expect(sent[0]?.method).toBe('POST')
      expect(sent[0]?.url.href).toBe('http://upstream.test/v1/responses')
    },
  )

  it('may be anything at all', async () => {
    const { port, target, sent } = await start(() => respond(200, SSE, STREAM))
    const raw = Buffer.from([0, 255, 254, 10, 13, 128])
    await exchange(port, 'POST', target('/responses'), { 'content-encoding': 'zstd' }, raw)
    expect(sent[0]?.body?.equals(raw)).toBe(true)
  })

  it('of a stage that reads it and changes nothing is the same bytes', async () => {
    const seen: unknown[] = []
    const reader: Stage = {
      name: 'reader',
      rewrite: async ({ body }) => {
        seen.push(await body.json())
        return null
      },
    }
    const { port, target, sent } = await start(() => respond(200, SSE, STREAM), reader)
    const raw = await encode(Buffer.from(JSON.stringify(request.body)), 'zstd')
    await exchange(port, 'POST', target('/responses'), { 'content-encoding': 'zstd' }, raw)
    expect(seen).toEqual([request.body])
    expect(sent[0]?.body?.equals(raw)).toBe(true)
  })

  it('comes in chunks as well as with a length', async () => {
    const { port, target, sent } = await start(() => respond(200, SSE, STREAM))
    await exchange(
      port,
      'POST',
      target('/responses'),
      { 'transfer-encoding': 'chunked' },
      '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
    )
    expect(sent[0]?.body?.toString()).toBe('{"a":1}')
    expect(sent[0]?.headers.map(([name]) => name)).not.toContain('transfer-encoding')
  })

  it.each([
    ['GET', '/models?client_version=0.169.0', ''],
    ['DELETE', '/some/thing', ''],
    ['PUT', '/some/thing', 'body'],
    ['PATCH', '/realtime/calls/1', 'body'],
    ['OPTIONS', '/x', ''],
    ['TRACE', '/x', ''],
    ['PROPFIND', '/x', ''],
    ['POST', '/x?a=/b&c=%2F%20d', ''],
    ['GET', '', ''],
  ])('may be %s %s', async (method, path, body) => {
    const { port, target, sent } = await start(() => respond(207, [['x-answer', '1']], 'answer'))
    const response = await exchange(port, method, target(path), {}, body)
    expect(response.status).toBe(207)
    expect(response.body.toString()).toBe('answer')
    expect(sent[0]?.method).toBe(method)
    expect(sent[0]?.url.href).toBe(`http://upstream.test/v1${path || '/'}`)
    expect(sent[0]?.body?.toString() ?? null).toBe(body || (method === 'POST' ? '' : null))
  })
})

describe('a replaced request', () => {
  it.each(['identity', 'zstd', 'gzip', 'br', 'deflate'])('leaves in the encoding it came in: %s', async (encoding) => {
    const text = Buffer.from(JSON.stringify({ ...request.body, model: 'other' }))
    const replace: Stage = {
      name: 'replace',
      rewrite: async ({ body }) => {
        body.replace(text)
        return null
      },
    }
    const { port, target, sent } = await start(() => respond(200, SSE, STREAM), replace)
    const raw = await encode(Buffer.from(JSON.stringify(request.body)), encoding)
    await exchange(port, 'POST', target('/responses'), { 'content-encoding': encoding }, raw)
    const bytes = sent[0]?.body ?? Buffer.alloc(0)
    expect((await new RequestBody(bytes, encoding).text()).equals(text)).toBe(true)
    if (encoding !== 'identity') expect(bytes.length).toBeLessThan(text.length / 2)
    expect(sent[0]?.headers).toContainEqual(['content-encoding', encoding])
  })

  it('was seen by each stage as the one before left it', async () => {
    const append = (word: string): Stage => ({
      name: word,
      rewrite: async ({ body }) => {
        const value = await body.json()
        body.replace(Buffer.from(JSON.stringify({ words: [...((value.words as string[]) ?? []), word] })))
        return null
      },
    })
    const { port, target, sent } = await start(() => respond(200, SSE, STREAM), append('one'), append('two'))
    await exchange(port, 'POST', target('/responses'), {}, '{}')
    expect(sent[0]?.body?.toString()).toBe('{"words":["one","two"]}')
  })
})

describe('a local answer', () => {
  it('is a finished stream, and nothing is sent', async () => {
    const local: Stage = { name: 'local', rewrite: async () => ({ text: 'here' }) }
    const { port, target, sent } = await start(() => respond(500, []), local)
    const response = await exchange(port, 'POST', target('/responses'), {}, '{}')
    expect(response.status).toBe(200)
    expect(response.body.toString()).toContain('"text":"here"')
    expect(response.body.toString()).toContain('event: response.completed')
    expect(sent).toEqual([])
  })
})

describe('the connection', () => {
  it('takes Expect: 100-continue', async () => {
    const { port, target, sent } = await start(() => respond(200, [['content-length', '2']], 'ok'))
    const client = await connectRaw(port)
    client.socket.write(requestBytes(port, 'POST', target('/x'), { expect: '100-continue', 'content-length': '4' }))
    expect((await client.until('\r\n\r\n')).toString()).toMatch(/^HTTP\/1\.1 100 Continue/)
    client.socket.write('body')
    await client.until('\r\n\r\nok')
    expect(sent[0]?.body?.toString()).toBe('body')
    expect(sent[0]?.headers.map(([name]) => name)).not.toContain('expect')
    client.socket.destroy()
  })

  it('goes on after a failure', async () => {
    let n = 0
    const { port, target } = await start(() => {
      n += 1
      if (n === 1) throw new CodexPlusError('CP_UPSTREAM_CONNECT', 'No connection.')
      return respond(200, [['content-length', '5']], 'fine!')
    })
    const client = await connectRaw(port)
    client.socket.write(requestBytes(port, 'POST', target('/responses'), {}, '{}'))
    expect((await client.until('CP_UPSTREAM_CONNECT')).toString()).toMatch(/^HTTP\/1\.1 502 /)
    client.socket.write(requestBytes(port, 'POST', target('/responses'), {}, '{}'))
    await client.until('fine!')
    client.socket.destroy()
  })

  it('answers requests that were sent ahead in their order, a failure among them', async () => {
    const { port, target } = await start(async ({ url }) => {
      const name = url.pathname.slice(-1)
      if (name === 'b') throw new Error('broken')
      await new Promise((resolve) => setTimeout(resolve, name === 'a' ? 50 : 0))
      return respond(200, [['content-length', '7']], `answer${name}`)
    })
    const client = await connectRaw(port)
    const ahead = ['/a', '/b', '/c'].map((path) => requestBytes(port, 'GET', target(path)))
    client.socket.write(Buffer.concat(ahead))
    const all = (await client.until('answerc')).toString()
    expect(all.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 502', 'HTTP/1.1 200'])
    expect(all.indexOf('answera')).toBeLessThan(all.indexOf('answerc'))
    client.socket.destroy()
  })

  it('takes headers as large as codex’s turn metadata may grow', async () => {
    const { port, target, sent } = await start(() => respond(200, []))
    const metadata = JSON.stringify({ workspaces: 'x'.repeat(200_000) })
    await exchange(port, 'GET', target('/x'), { 'x-codex-turn-metadata': metadata })
    expect(sent[0]?.headers).toContainEqual(['x-codex-turn-metadata', metadata])
  })
})

describe('observers', () => {
  it('see the request, each event of its answer and the end, and cannot break it', async () => {
    const seen: string[] = []
    proxy = await startProxy(() => respond(200, SSE, STREAM), {
      observers: [
        {
          sent: ({ path }) => seen.push(path),
          event: (_request, event) => {
            seen.push(event.type)
            throw new Error('broken observer')
          },
          ended: (_request, { status, body }) => seen.push(`${status} ${body}`),
        },
      ],
    })
    const response = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(response.body.toString()).toBe(STREAM)
    const events = ['response.created', 'response.output_item.done', 'response.completed']
    expect(seen).toEqual(['/responses', ...events, '200 complete'])
  })

  it('see what was answered here, and nothing is sent', async () => {
    const seen: string[] = []
    proxy = await startProxy(() => respond(500, []), {
      stages: [{ name: 'local', rewrite: async () => ({ text: 'from here' }) }],
      observers: [
        {
          sent: () => seen.push('sent'),
          answered: (_request, { text }) => seen.push(text),
          ended: (_request, { body }) => seen.push(body),
        },
      ],
    })
    const response = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(response.body.toString()).toContain('from here')
    expect(seen).toEqual(['from here', 'complete'])
    expect(proxy.sent).toEqual([])
  })
})

async function* replaced(answer: StreamedAnswer, from: string, to: string): EventFlow {
  for await (const { type, data } of answer.events() ?? []) yield { type, data: data.replaceAll(from, to) }
}

describe('a reshape', () => {
  it('puts another answer in place of the upstream’s', async () => {
    proxy = await startProxy(() => respond(200, SSE, STREAM), {
      reshapes: [
        () => null,
        (_request, answer) => replaced(answer, 'hello', 'HELLO'),
        () => null,
        (_request, answer) => replaced(answer, 'HELLO', 'HELLO there'),
      ],
    })
    const response = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(response.body.toString()).toBe(STREAM.replaceAll('hello', 'HELLO there'))
  })

  it('sees no answer but a stream of the model', async () => {
    proxy = await startProxy(() => respond(200, [['content-type', 'application/json']], '{"a":"hello"}'), {
      reshapes: [(_request, answer) => replaced(answer, 'hello', 'HELLO')],
    })
    const response = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(response.body.toString()).toBe('{"a":"hello"}')
  })
})

describe('a route of ours', () => {
  it('is served here by the first word of its path; codex’s own paths go upstream whatever they are called', async () => {
    proxy = await startProxy(
      () => respond(200, [], 'upstream'),
      {},
      {
        models: async ({ outgoing, path }) => void outgoing.end(`served ${path}`),
      },
    )
    const own = await exchange(proxy.port, 'GET', `/${proxy.secret}/models/x?y`, {})
    expect(own.body.toString()).toBe('served /models/x?y')
    const codex = await exchange(proxy.port, 'GET', proxy.target('/models'), {})
    expect(codex.body.toString()).toBe('upstream')
    expect(proxy.requestCount()).toBe(1)
  })
})
