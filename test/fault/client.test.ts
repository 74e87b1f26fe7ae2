import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { formatEvent } from '../../src/stream/local-response-events.js'
import type { UpstreamRequest, UpstreamResponse } from '../../src/upstream/upstream.js'
import { connectRaw, exchange, type RawClient, requestBytes } from '../fixtures/proxy/client.js'
import { drivenStream, type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'

const CREATED = formatEvent({ type: 'response.created', response: { id: 'resp_1' } })
let proxy: ProxyUnderTest | undefined
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})

async function post(
  send: (request: UpstreamRequest) => UpstreamResponse | Promise<UpstreamResponse>,
): Promise<RawClient> {
  proxy = await startProxy(send)
  const client = await connectRaw(proxy.port)
  client.socket.write(requestBytes(proxy.port, 'POST', proxy.target('/responses'), {}, '{}'))
  return client
}

/** Resolves once a signal is aborted; rejects after the second the design allows. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return resolve()
    const timer = setTimeout(() => reject(new Error('not aborted')), 1000)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

describe('codex goes away', () => {
  it.each(['end', 'reset'])('in the middle of an answer (%s): the upstream is let go', async (how) => {
    const { response, push } = drivenStream()
    const client = await post(() => response)
    push(CREATED)
    await client.until(CREATED)
    if (how === 'end') client.socket.destroy()
    else client.socket.resetAndDestroy()
    await aborted(proxy?.sent[0]?.signal)
    await expect.poll(() => response.body.destroyed).toBe(true)
    response.body.emit('error', new Error('late'))
  })

  it('before the headers: the signal is aborted, and a response that comes all the same is let go', async () => {
    const { response } = drivenStream()
    let answer: (response: UpstreamResponse) => void = () => {}
    const client = await post(() => new Promise((resolve) => (answer = resolve)))
    await expect.poll(() => proxy?.sent.length).toBe(1)
    client.socket.destroy()
    await aborted(proxy?.sent[0]?.signal)
    answer(response)
    await expect.poll(() => response.body.destroyed).toBe(true)
    response.body.emit('error', new Error('late'))
  })

  it('before the headers, and the upstream fails for it', async () => {
    const client = await post(
      ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('gone')))),
    )
    await expect.poll(() => proxy?.sent.length).toBe(1)
    client.socket.destroy()
    await expect.poll(() => proxy?.logged.map(([event]) => event)).toContain('proxy.failure')
  })

  it('while it sends: nothing reaches the upstream', async () => {
    proxy = await startProxy(() => respond(200, []))
    const client = await connectRaw(proxy.port)
    client.socket.write(
      requestBytes(proxy.port, 'POST', proxy.target('/responses'), { 'content-length': '100' }, 'half'),
    )
    await expect.poll(() => proxy?.requestCount()).toBe(1)
    client.socket.destroy()
    await expect.poll(() => proxy?.logged.map(([event]) => event)).toContain('proxy.failure')
    expect(proxy.sent).toEqual([])
  })

  it('many times: the next one is served', async () => {
    proxy = await startProxy(({ method }) => (method === 'GET' ? respond(200, [], 'here') : drivenStream().response))
    const { port, target } = proxy
    for (let n = 0; n < 50; n += 1) {
      const client = await connectRaw(port)
      client.socket.write(requestBytes(port, 'POST', target('/responses'), {}, '{}'))
      if (n % 2) await client.until('HTTP/1.1 200')
      client.socket.resetAndDestroy()
    }
    expect((await exchange(port, 'GET', target('/models'))).body.toString()).toBe('here')
  })

  it('half: a client that ends its side is taken for one that is gone, as node takes it', async () => {
    const { response, push } = drivenStream()
    const client = await post(() => response)
    push(CREATED)
    await client.until(CREATED)
    client.socket.end()
    await aborted(proxy?.sent[0]?.signal)
    expect((await client.closed).toString()).not.toContain('0\r\n\r\n')
  })
})

describe('codex reads slowly', () => {
  it('the upstream waits, and everything arrives', async () => {
    const part = Buffer.alloc(64 * 1024, 120)
    const total = 640
    let produced = 0
    const body = new Readable({
      read() {
        produced += 1
        this.push(produced > total ? null : part)
      },
    })
    proxy = await startProxy(() => ({ status: 200, statusText: 'OK', headers: [['content-type', 'image/png']], body }))
    const client = await connectRaw(proxy.port)
    client.socket.pause()
    client.socket.write(requestBytes(proxy.port, 'GET', proxy.target('/files/1'), { connection: 'close' }))
    // Until nothing more is produced for a while: then the sockets' buffers are full.
    for (let before = -1; before !== produced || produced === 0; ) {
      before = produced
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    expect(produced).toBeLessThan(total / 2)
    let received = 0
    client.socket.on('data', (data: Buffer) => {
      received += data.length
    })
    client.socket.resume()
    await client.closed
    expect(produced).toBe(total + 1)
    expect(received).toBeGreaterThan(total * part.length)
  })
})

describe('requests that are no requests', () => {
  it.each([
    'GARBAGE\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00',
    'GET / HTTP/1.1\r\nhost\r\n\r\n',
  ])('%j ends the connection and nothing else', async (text) => {
    proxy = await startProxy(() => respond(200, [], 'here'))
    const client = await connectRaw(proxy.port)
    client.socket.write(text, 'latin1')
    await client.closed
    expect((await exchange(proxy.port, 'GET', proxy.target('/x'))).body.toString()).toBe('here')
    expect(proxy.sent).toHaveLength(1)
  })

  it('a body in two framings is refused', async () => {
    proxy = await startProxy(() => respond(200, []))
    const client = await connectRaw(proxy.port)
    const headers = { 'transfer-encoding': 'chunked', 'content-length': '4' }
    client.socket.write(requestBytes(proxy.port, 'POST', proxy.target('/x'), headers, '0\r\n\r\n'))
    await client.closed
    expect(proxy.sent).toEqual([])
  })
})
