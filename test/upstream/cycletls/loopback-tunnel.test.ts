import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ja4 } from '../../../src/upstream/cycletls/ja4.js'
import { openTunnel } from '../../../src/upstream/cycletls/loopback-tunnel.js'
import type { Upstream } from '../../../src/upstream/upstream.js'
import { serveConnect } from '../../fixtures/proxy/connect.js'
import { CA_FILE, startTlsUpstream, type TlsUpstream, tls } from '../../fixtures/tls/upstream.js'
import { errorOf, labRequest, labUpstream, readAll, until } from './lab.js'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

let server: TlsUpstream
let upstream: Upstream | null = null
const open: Array<{ server: { close(): void }; sockets: Set<Socket> }> = []

beforeAll(async () => {
  server = await startTlsUpstream(({ socket }) => socket.end(OK))
})
afterEach(async () => {
  await upstream?.close()
  upstream = null
  for (const { server: listening, sockets } of open.splice(0)) {
    listening.close()
    for (const socket of sockets) socket.destroy()
  }
})
afterAll(async () => {
  await server.close()
})

/** Listens on loopback until the test is over; gives the port. */
async function listen(listening: Pick<Server, 'listen' | 'close' | 'address' | 'on'>): Promise<number> {
  const sockets = new Set<Socket>()
  listening.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  open.push({ server: listening, sockets })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return (listening.address() as AddressInfo).port
}

describe('the way out', () => {
  it('gives up a ClientHello that is never answered', async () => {
    const connections: Socket[] = []
    const port = await listen(createServer((socket) => void connections.push(socket.resume())))
    upstream = labUpstream({ handshakeDeadline: 300 })
    expect(await errorOf(upstream.send(labRequest(new URL(`https://localhost:${port}/`))))).toMatchObject({
      code: 'CP_UPSTREAM_TIMEOUT',
    })
    await until(() => connections.length === 1 && connections.every((socket) => socket.destroyed))
  })

  it('keeps a stream that is silent for longer than the deadline', async () => {
    const slow = await startTlsUpstream(({ socket }) => void setTimeout(() => socket.end(OK), 600))
    upstream = labUpstream({ handshakeDeadline: 400 })
    expect((await readAll((await upstream.send(labRequest(slow.url()))).body)).toString()).toBe('hello')
    await slow.close()
  })

  it('is closed to strangers, and to another host', async () => {
    const tunnel = await openTunnel({ handshakeDeadline: 1_000, env: {} })
    const route = tunnel.open(server.url(), null)
    const { port, username, password } = new URL(route.proxy)
    const ask = async (target: string, login: string): Promise<string> => {
      const socket = connect(Number(port), '127.0.0.1')
      const authorization = `Basic ${Buffer.from(login).toString('base64')}`
      socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${authorization}\r\n\r\n`)
      const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
      socket.destroy()
      return first.toString('latin1').slice(0, 12)
    }
    const target = `localhost:${server.port}`
    expect(await ask(target, 'a:b')).toBe('HTTP/1.1 407')
    expect(await ask('localhost:1', `${username}:${password}`)).toBe('HTTP/1.1 407')
    expect(await ask(target, `${username}:${password}`)).toBe('HTTP/1.1 200')
    route.close()
    expect(await ask(target, `${username}:${password}`)).toBe('HTTP/1.1 407')
    tunnel.close()
  })
})

describe('a proxy of the user', () => {
  const env = (proxy: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    SSL_CERT_FILE: CA_FILE,
    HTTPS_PROXY: proxy,
    ...more,
  })
  const target = (): URL => server.url('/', 'upstream.test')

  it('carries the request, with its login', async () => {
    const heads: string[] = []
    const port = await listen(createServer(serveConnect(heads)))
    upstream = labUpstream({ env: env(`http://me:p%40ss@127.0.0.1:${port}`) })
    expect((await readAll((await upstream.send(labRequest(target()))).body)).toString()).toBe('hello')
    const login = Buffer.from('me:p@ss').toString('base64')
    expect(heads).toEqual([
      `CONNECT upstream.test:${server.port} HTTP/1.1\r\nHost: upstream.test:${server.port}\r\n` +
        `Proxy-Authorization: Basic ${login}\r\n\r\n`,
    ])
    expect(ja4(server.hellos.at(-1) ?? Buffer.alloc(0))).toBe('t13d301100_1d37bd780c83_8e6e362c5eac')
  })

  it('may be reached over TLS', async () => {
    const heads: string[] = []
    const port = await listen(createTlsServer(tls, serveConnect(heads)))
    upstream = labUpstream({ env: env('', { HTTPS_PROXY: undefined, ALL_PROXY: `https://localhost:${port}` }) })
    expect((await readAll((await upstream.send(labRequest(target()))).body)).toString()).toBe('hello')
    expect(heads).toHaveLength(1)
  })

  it.each([
    ['that refuses', async () => await listen(createServer(serveConnect([], '407 Login'))), /407/],
    ['that is not there', async () => 1, /ECONNREFUSED/],
    ['that talks nonsense', async () => await listen(createServer((socket) => socket.end('no\r\n\r\n'))), /CONNECT/],
  ])('%s is named, without its password', async (_, start, why) => {
    upstream = labUpstream({ env: env(`http://me:hunter2@127.0.0.1:${await start()}`) })
    const error = await errorOf(upstream.send(labRequest(target())))
    expect(error).toMatchObject({ code: 'CP_UPSTREAM_PROXY', message: expect.stringMatching(why) })
    expect(`${error.message} ${error.stack}`).not.toContain('hunter2')
  })

  it('is passed by for a host in NO_PROXY', async () => {
    const heads: string[] = []
    const port = await listen(createServer(serveConnect(heads)))
    upstream = labUpstream({ env: env(`http://127.0.0.1:${port}`, { NO_PROXY: '.test' }) })
    // There is no such host: it cannot be reached without the proxy.
    expect(await errorOf(upstream.send(labRequest(target())))).toMatchObject({ code: 'CP_UPSTREAM_CONNECT' })
    expect(heads).toHaveLength(0)
  })
})

describe('the chrome profile', () => {
  it('speaks HTTP/2 and leaves no connection behind', async () => {
    const streams: Array<{ headers: Record<string, unknown>; body: string }> = []
    const connections = new Set<Socket>()
    const h2 = createSecureServer(tls)
    h2.on('session', (session) => {
      // A POST of the helper waits for ever for a server that keeps the small connection window.
      session.setLocalWindowSize(1 << 20)
      session.on('error', () => {})
    })
    h2.on('connection', (socket: Socket) => {
      connections.add(socket)
      socket.on('close', () => connections.delete(socket))
    })
    h2.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.on('error', () => {})
      let body = ''
      stream.on('data', (bytes) => {
        body += bytes
      })
      stream.on('end', () => {
        streams.push({ headers, body })
        stream.respond({ ':status': 200, 'content-type': 'text/event-stream' })
        stream.end('x'.repeat(100_000))
      })
    })
    const port = await listen(h2 as never)
    upstream = labUpstream({ profile: 'chrome' })
    for (let turn = 0; turn < 3; turn++) {
      const response = await upstream.send(labRequest(new URL(`https://localhost:${port}/v1`)))
      expect(response.status).toBe(200)
      expect(await readAll(response.body)).toHaveLength(100_000)
    }
    expect(streams[0]).toMatchObject({
      body: '{"input":[]}',
      headers: { ':authority': `localhost:${port}`, authorization: 'Bearer dummy', 'user-agent': 'codex_exec/0.169.0' },
    })
    await until(() => connections.size === 0)
  })

  it('is told when its connection breaks in the body', async () => {
    const h2 = createSecureServer(tls)
    const connections: Socket[] = []
    h2.on('connection', (socket: Socket) => connections.push(socket))
    h2.on('session', (session) => session.on('error', () => {}))
    h2.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => {})
      stream.respond({ ':status': 200 })
      stream.write('hello')
      setTimeout(() => connections[0]?.resetAndDestroy(), 50)
    })
    const port = await listen(h2 as never)
    upstream = labUpstream({ profile: 'chrome' })
    const request = labRequest(new URL(`https://localhost:${port}/`), { method: 'GET', body: null })
    const { body } = await upstream.send(request)
    expect(await errorOf(readAll(body))).toMatchObject({ code: 'CP_UPSTREAM_RESET' })
  })
})
