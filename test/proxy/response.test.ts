import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { HeaderList } from '../../src/request/header-list.js'
import type { UpstreamRequest, UpstreamResponse } from '../../src/upstream/upstream.js'
import { connectRaw, exchange, requestBytes } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'

const SSE: HeaderList = [['content-type', 'text/event-stream']]
let proxy: ProxyUnderTest | undefined
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})

async function start(
  send: (request: UpstreamRequest) => UpstreamResponse | Promise<UpstreamResponse>,
): Promise<ProxyUnderTest> {
  proxy = await startProxy(send)
  return proxy
}

describe('a response', () => {
  it('passes with its status text, headers in order, spelling and duplicates, without cookies or hop-by-hop headers', async () => {
    const headers: HeaderList = [
      ['Content-Type', 'application/json'],
      ['X-Codex-Turn-State', 'state'],
      ['x-models-etag', 'W/"1"'],
      ['via', 'a'],
      ['Via', 'b'],
      ['x-latin', 'caf\u00e9'],
      ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ]
    const hidden: HeaderList = [
      ['Set-Cookie', '__cf_bm=dummy'],
      ['Connection', 'x-hop'],
      ['X-Hop', '1'],
      ['Transfer-Encoding', 'chunked'],
    ]
    const { port, target } = await start(() => ({ ...respond(200, [...hidden, ...headers], '{}'), statusText: 'Fine' }))
    const response = await exchange(port, 'GET', target('/models'))
    expect(response.head).toMatch(/^HTTP\/1\.1 200 Fine\r\n/)
    expect(response.headers.slice(0, headers.length)).toEqual(headers)
    // What node adds is the framing of this connection.
    expect(
      response.headers
        .slice(headers.length)
        .map(([name]) => name.toLowerCase())
        .sort(),
    ).toEqual(['connection', 'transfer-encoding'])
    expect(response.body.toString()).toBe('{}')
  })

  it.each([
    [401, '{"error":{"message":"no"}}'],
    [429, '{"error":{"type":"usage_limit_reached","plan_type":"pro","resets_at":1}}'],
    [400, 'plain'],
    [404, ''],
    [503, '{"error":{"code":"server_is_overloaded"}}'],
    [529, 'x'],
  ])('with status %d passes with its body, event stream or not', async (status, body) => {
    for (const type of ['application/json', 'text/event-stream']) {
      const { port, target } = await start(() =>
        respond(
          status,
          [
            ['content-type', type],
            ['retry-after', '7'],
          ],
          body,
        ),
      )
      const response = await exchange(port, 'POST', target('/responses'), {}, '{}')
      expect(response.status).toBe(status)
      expect(response.body.toString()).toBe(body)
      expect(response.headers).toContainEqual(['retry-after', '7'])
      await proxy?.close()
    }
  })

  it('with a length keeps it, and the connection', async () => {
    const { port, target } = await start(() =>
      respond(
        200,
        [
          ['content-length', '2'],
          ['content-type', 'application/json'],
        ],
        '{}',
      ),
    )
    const client = await connectRaw(port)
    client.socket.write(requestBytes(port, 'GET', target('/models')))
    await client.until('\r\n\r\n{}')
    client.socket.write(requestBytes(port, 'GET', target('/models')))
    await client.until('{}HTTP/1.1 200')
    client.socket.end()
    const all = (await client.closed).toString()
    expect(all.match(/\r\n\r\n\{\}/g)).toHaveLength(2)
    expect(all).not.toContain('chunked')
  })

  it.each([
    ['HEAD', 200, SSE],
    ['HEAD', 200, [['content-length', '1234']] as HeaderList],
    ['GET', 204, []],
    ['POST', 204, SSE],
    [
      'GET',
      304,
      [
        ['etag', '"1"'],
        ['content-length', '1234'],
      ] as HeaderList,
    ],
  ])('to %s with status %d has no body, and the connection goes on', async (method, status, headers) => {
    let first = true
    const { port, target } = await start(() => {
      const response = first ? respond(status, headers) : respond(200, [['content-length', '4']], 'next')
      first = false
      return response
    })
    const client = await connectRaw(port)
    client.socket.write(requestBytes(port, method, target('/responses')))
    const head = (await client.until('\r\n\r\n')).toString()
    for (const [name, value] of headers) expect(head).toContain(`${name}: ${value}`)
    client.socket.write(requestBytes(port, 'GET', target('/models')))
    const all = (await client.until('\r\n\r\nnext')).toString()
    expect(all.slice(all.indexOf('\r\n\r\n') + 4)).toMatch(/^HTTP\/1\.1 200/)
    client.socket.destroy()
  })

  it('of megabytes passes unchanged', async () => {
    const big = Buffer.alloc(5_000_000, 'codex-plus ')
    const { port, target } = await start(() => respond(200, [['content-type', 'image/png']], big))
    const response = await exchange(port, 'GET', target('/files/1'))
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
    expect(digest(response.body)).toBe(digest(big))
  })

  it('that is another event stream ends as it likes', async () => {
    const { port, target } = await start(() => respond(200, SSE, 'data: {"type":"image_generation.completed"}\n\n'))
    const response = await exchange(port, 'POST', target('/images/generations'), {}, '{}')
    expect(response.body.toString()).toContain('image_generation.completed')
  })
})
