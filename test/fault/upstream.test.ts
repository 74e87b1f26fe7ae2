import { afterEach, describe, expect, it } from 'vitest'
import { CodexPlusError, type ErrorCode } from '../../src/errors.js'
import type { HeaderList } from '../../src/request/header-list.js'
import { formatEvent, messageEvents } from '../../src/stream/local-response-events.js'
import type { UpstreamRequest, UpstreamResponse } from '../../src/upstream/upstream.js'
import { connectRaw, exchange, parseResponse, type RawClient, requestBytes } from '../fixtures/proxy/client.js'
import { drivenStream, type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'

const SSE: HeaderList = [['content-type', 'text/event-stream']]
const CREATED = formatEvent({ type: 'response.created', response: { id: 'resp_1' } })
const COMPLETED = formatEvent({ type: 'response.completed', response: { id: 'resp_1' } })
const LAST_CHUNK = '\r\n0\r\n\r\n'
let proxy: ProxyUnderTest | undefined
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})

/** Starts a proxy and posts one model request to it over a connection of its own. */
async function post(
  send: (request: UpstreamRequest) => UpstreamResponse | Promise<UpstreamResponse>,
  path = '/responses',
): Promise<RawClient> {
  proxy = await startProxy(send)
  const client = await connectRaw(proxy.port)
  client.socket.write(requestBytes(proxy.port, 'POST', proxy.target(path), {}, '{}'))
  return client
}

describe('before the headers', () => {
  const codes: ReadonlyArray<readonly [ErrorCode, number]> = [
    ['CP_UPSTREAM_CONNECT', 502],
    ['CP_UPSTREAM_RESET', 502],
    ['CP_UPSTREAM_TIMEOUT', 502],
    ['CP_UPSTREAM_TRUNCATED', 502],
    ['CP_UPSTREAM_HELPER', 502],
    ['CP_UPSTREAM_TLS', 400],
    ['CP_UPSTREAM_PROXY', 400],
    ['CP_UPSTREAM_REQUEST', 400],
    ['CP_BODY_ENCODING', 400],
    ['CP_BODY_TOO_LARGE', 400],
    ['CP_BODY_INVALID', 400],
  ]
  it.each(codes)('%s is a plain-text %d', async (code, status) => {
    proxy = await startProxy(() => {
      throw new CodexPlusError(code, 'What happened.', { hint: 'What to do.' })
    })
    const response = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(response.status).toBe(status)
    expect(response.headers).toContainEqual(['content-type', 'text/plain; charset=utf-8'])
    expect(response.body.toString()).toBe(`codex-plus: What happened. What to do. [${code}]`)
  })

  it('anything else is a 502', async () => {
    proxy = await startProxy(() => Promise.reject(new TypeError('broken')))
    expect((await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')).status).toBe(502)
  })

  it.each([
    ['a header that cannot be written', 200, [['x-bad', 'a\r\nb']]],
    ['a header name that cannot be written', 200, [['x bad', 'a']]],
    ['a status that is none', 42, SSE],
  ] as const)('%s is a 502, and the body is let go', async (_name, status, headers) => {
    const { response } = drivenStream(headers)
    proxy = await startProxy(() => ({ ...response, status }))
    const answer = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(answer.status).toBe(502)
    expect(answer.body.toString()).toContain('CP_UPSTREAM_RESPONSE')
    expect(response.body.destroyed).toBe(true)
    response.body.emit('error', new Error('late'))
  })
})

describe('in the middle of an answer', () => {
  it('bytes arrive as they are written, the headers before the first of them', async () => {
    const { response, push } = drivenStream()
    const client = await post(() => response)
    expect((await client.until('\r\n\r\n')).toString()).toMatch(/^HTTP\/1\.1 200 OK/)
    push(CREATED.slice(0, 10))
    await client.until(CREATED.slice(0, 10))
    push(CREATED.slice(10))
    await client.until(CREATED.slice(10))
    push(COMPLETED)
    push(null)
    expect(parseResponse(await client.until(LAST_CHUNK)).body.toString()).toBe(CREATED + COMPLETED)
    client.socket.destroy()
  })

  it.each([
    ['nothing', ''],
    ['an event', CREATED],
    ['half an event', CREATED + COMPLETED.slice(0, 40)],
    ['a terminal event without its blank line', CREATED + COMPLETED.slice(0, -1)],
  ])('a clean end after %s is no end for codex', async (_name, text) => {
    const { response, push } = drivenStream()
    const client = await post(() => response)
    if (text) push(text)
    push(null)
    const all = (await client.closed).toString()
    expect(all).toContain('HTTP/1.1 200')
    expect(all.endsWith('0\r\n\r\n')).toBe(false)
    expect(() => parseResponse(Buffer.from(all))).toThrow('cut short')
    if (text) expect(all).toContain(text)
  })

  it.each(['error', 'close'])('a body that ends with %s is cut, after what came before it', async (how) => {
    const { response, push } = drivenStream()
    const client = await post(() => response)
    push(CREATED)
    await client.until(CREATED)
    response.body.destroy(how === 'error' ? new CodexPlusError('CP_UPSTREAM_RESET', 'Reset.') : undefined)
    const all = (await client.closed).toString()
    expect(all).toContain(CREATED)
    expect(all.endsWith('0\r\n\r\n')).toBe(false)
  })

  it('a body that is not an event stream and breaks off is cut', async () => {
    const { response, push } = drivenStream([['content-type', 'application/json']])
    const client = await post(() => response, '/alpha/search')
    push('{"half"')
    await client.until('{"half"')
    response.body.destroy(new Error('reset'))
    expect((await client.closed).toString().endsWith('0\r\n\r\n')).toBe(false)
  })

  it.each([
    ['shorter', 'abc'],
    ['longer', 'abcdefgh'],
  ])('a body %s than declared ends the connection', async (_name, body) => {
    const client = await post(() => respond(200, [['content-length', '5']], body), '/files')
    expect((await client.closed).toString()).toContain('\r\n\r\nabc')
  })

  it('a body that failed before it was read is cut', async () => {
    const client = await post(async () => {
      const { response } = drivenStream()
      response.body.on('error', () => {}).destroy(new Error('at once'))
      await new Promise((resolve) => setImmediate(resolve))
      return response
    })
    expect((await client.closed).toString().endsWith('0\r\n\r\n')).toBe(false)
  })

  it('the next connection is served', async () => {
    const client = await post(() => respond(200, SSE, CREATED))
    await client.closed
    const port = proxy?.port ?? 0
    expect((await exchange(port, 'GET', proxy?.target('/responses') ?? '')).body.toString()).toBe(CREATED)
  })

  it('a cut answer does not take an earlier one of the same connection with it', async () => {
    const { response, push } = drivenStream()
    let n = 0
    proxy = await startProxy(() => {
      n += 1
      return n === 1 ? response : respond(200, SSE, CREATED)
    })
    const client = await connectRaw(proxy.port)
    const bytes = requestBytes(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    client.socket.write(Buffer.concat([bytes, bytes]))
    await client.until('HTTP/1.1 200')
    await expect.poll(() => n).toBe(2)
    push(CREATED + COMPLETED)
    push(null)
    const all = (await client.closed).toString()
    expect(all.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    expect(all).toContain(COMPLETED)
    expect(all.endsWith('0\r\n\r\n')).toBe(false)
  })
})

describe('after the terminal event', () => {
  it.each(['response.completed', 'response.failed', 'response.incomplete'])('%s, a break is an end', async (type) => {
    const { response, push } = drivenStream()
    const client = await post(() => response)
    const text = CREATED + formatEvent({ type, response: {} })
    push(text)
    await client.until(type)
    response.body.destroy(new CodexPlusError('CP_UPSTREAM_RESET', 'Reset.'))
    expect(parseResponse(await client.until(LAST_CHUNK)).body.toString()).toBe(text)
    client.socket.destroy()
  })

  it('what follows still passes', async () => {
    const text = `${messageEvents('resp_1', 'x')}data: [DONE]\n\n: bye\n\n`
    const client = await post(() => respond(200, SSE, text))
    expect(parseResponse(await client.until(LAST_CHUNK)).body.toString()).toBe(text)
    client.socket.destroy()
  })

  it('an encoding that cannot be read here ends as its connection does', async () => {
    const client = await post(() => respond(200, [...SSE, ['content-encoding', 'zstd']], 'not read'))
    expect(parseResponse(await client.until(LAST_CHUNK)).body.toString()).toBe('not read')
    client.socket.destroy()
  })
})
