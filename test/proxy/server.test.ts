import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CodexPlusError } from '../../src/errors.js'
import { silentLog } from '../../src/log/log.js'
import { answerFailure } from '../../src/proxy/error-answer.js'
import type { Stage } from '../../src/proxy/exchange.js'
import { type ProxyServer, type RequestHandler, startServer } from '../../src/proxy/server.js'
import { readBody } from '../../src/request/request-body.js'
import { connectRaw, exchange, requestBytes } from '../fixtures/proxy/client.js'
import { drivenStream, respond, startProxy } from '../fixtures/proxy/harness.js'

let server: ProxyServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
  vi.restoreAllMocks()
})

describe('startServer', () => {
  it('listens on loopback, on a port of its own', async () => {
    server = await startServer(async () => (_incoming, outgoing) => void outgoing.end('here'), silentLog)
    const other = await startServer(async () => () => {}, silentLog)
    expect(server.port).not.toBe(other.port)
    await other.close()
    expect((await exchange(server.port, 'GET', '/')).body.toString()).toBe('here')
  })

  it('lets requests wait for what is loaded behind it, once', async () => {
    let loads = 0
    let loaded: (handler: RequestHandler) => void = () => {}
    server = await startServer(() => {
      loads += 1
      return new Promise((resolve) => (loaded = resolve))
    }, silentLog)
    const client = await connectRaw(server.port)
    client.socket.write(requestBytes(server.port, 'GET', '/', { connection: 'close' }))
    const second = exchange(server.port, 'GET', '/')
    await expect.poll(() => loads).toBe(1)
    expect(client.received()).toHaveLength(0)
    loaded((_incoming, outgoing) => void outgoing.end('loaded'))
    expect((await client.closed).toString()).toContain('loaded')
    expect((await second).body.toString()).toBe('loaded')
    expect(loads).toBe(1)
  })

  it('answers 502 where loading failed, and logs it', async () => {
    const events: string[] = []
    const failing = async (): Promise<RequestHandler> => {
      throw new Error('no module')
    }
    server = await startServer(failing, { ...silentLog, error: (event) => void events.push(event) })
    const response = await exchange(server.port, 'POST', '/', {}, '{}')
    expect(response.status).toBe(502)
    expect(response.body.toString()).toContain('no module')
    expect(events).toEqual(['proxy.load'])
  })

  it('closes with requests under way', async () => {
    const { response } = drivenStream()
    const proxy = await startProxy(() => response)
    const client = await connectRaw(proxy.port)
    client.socket.write(requestBytes(proxy.port, 'POST', proxy.target('/responses'), {}, '{}'))
    await client.until('HTTP/1.1 200')
    await proxy.close()
    await client.closed
    await expect.poll(() => response.body.destroyed).toBe(true)
    await expect(connectRaw(proxy.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('counts what passed the guard', async () => {
    const proxy = await startProxy(() => respond(200, []))
    server = proxy
    expect(proxy.requestCount()).toBe(0)
    await exchange(proxy.port, 'GET', proxy.target('/models'))
    await exchange(proxy.port, 'GET', '/models')
    expect(proxy.requestCount()).toBe(1)
  })
})

describe('a failure', () => {
  it('of a stage is told to codex', async () => {
    const reader: Stage = { name: 'reader', rewrite: async ({ body }) => void (await body.json()) as never }
    const proxy = await startProxy(() => respond(200, []), { stages: [reader] })
    server = proxy
    const zstd = await exchange(
      proxy.port,
      'POST',
      proxy.target('/responses'),
      { 'content-encoding': 'zstd' },
      'no zstd',
    )
    expect([zstd.status, zstd.body.toString()]).toEqual([
      400,
      'codex-plus: The request body is not valid zstd. [CP_BODY_ENCODING]',
    ])
    const json = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, 'no json')
    expect([json.status, json.body.toString()]).toEqual([
      400,
      'codex-plus: The request body is not valid JSON. [CP_BODY_INVALID]',
    ])
    expect(proxy.sent).toEqual([])
  })

  it('names no credential', async () => {
    const proxy = await startProxy(() => {
      throw new CodexPlusError(
        'CP_UPSTREAM_PROXY',
        'No way through http://user:hunter22@proxy.test:8080 with Bearer abcdef123456.',
      )
    })
    server = proxy
    const { body } = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(body.toString()).toContain('proxy.test:8080')
    expect(body.toString()).not.toMatch(/hunter22|abcdef123456/)
  })

  it('of our own is a 502, and nothing is printed', async () => {
    const printed = (['error', 'info', 'log', 'warn'] as const).map((name) => vi.spyOn(console, name))
    const proxy = await startProxy(() => respond(200, []))
    server = proxy
    proxy.countRequest = () => {
      throw new Error('our own defect')
    }
    expect((await exchange(proxy.port, 'GET', proxy.target('/models'))).status).toBe(502)
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  })

  it('over a body that is too large reaches a client that sends first and reads then', async () => {
    const small = createServer((incoming, outgoing) => {
      readBody(incoming, 1000).catch((error: unknown) => answerFailure(outgoing, error))
    })
    await new Promise<void>((resolve) => small.listen(0, '127.0.0.1', resolve))
    const { port } = small.address() as AddressInfo
    const response = await exchange(port, 'POST', '/', {}, Buffer.alloc(3_000_000, 120))
    expect(response.status).toBe(400)
    expect(response.body.toString()).toContain('CP_BODY_TOO_LARGE')
    await new Promise((resolve) => small.close(resolve))
  })
})
