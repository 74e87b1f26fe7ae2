import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { HeaderList } from '../../src/request/header-list.js'
import { ja4 } from '../../src/upstream/cycletls/ja4.js'
import { openWebSocket, type WebSocketAnswer } from '../../src/upstream/open-websocket.js'
import { createSocketConnections } from '../../src/upstream/socket-connections.js'
import { hasOwnHello, SOCKET_JA4 } from '../../src/upstream/socket-hello.js'
import { CA_FILE, tls } from '../fixtures/tls/upstream.js'
import {
  type SocketUpstream,
  type SocketUpstreamOptions,
  startSocketUpstream,
} from '../fixtures/upstream/socket-upstream.js'

const closing: Array<() => unknown> = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
const file = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))

async function serve(options: SocketUpstreamOptions = {}): Promise<SocketUpstream> {
  const server = await startSocketUpstream(() => [], options)
  closing.push(() => server.close())
  return server
}

/** codex's own headers (websocket section 1.2). */
const HEADERS: HeaderList = [
  ['Host', '127.0.0.1:1'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'ePWeaZ43WS/SiIsTy4C4vQ=='],
  ['authorization', 'Bearer sk-x'],
  ['user-agent', 'codex_exec/0.169.0'],
  ['x-codex-turn-metadata', '{"a":"\u00fc"}'],
  ['thread-id', 't'],
  ['sec-websocket-extensions', 'permessage-deflate; client_max_window_bits'],
]

async function open(
  url: string,
  env: NodeJS.ProcessEnv = {},
  { headers = HEADERS, signal = AbortSignal.timeout(10_000) } = {},
): Promise<WebSocketAnswer> {
  const target = new URL(`${url.replace(/\/v1$/, '')}/v1/responses`)
  const answer = await openWebSocket({ url: target, headers, signal }, createSocketConnections(env).open(target))
  if ('socket' in answer) closing.push(() => answer.socket.terminate())
  return answer
}

describe('the headers of an upgrade', () => {
  it('are codex’s by name, order, case and value, but for those of the connection', async () => {
    const server = await serve({ deflate: true })
    await open(server.url)
    const raw = server.upgrades[0]?.rawHeaders ?? []
    const names = raw.filter((_, index) => index % 2 === 0)
    expect(names).toEqual(HEADERS.map(([name]) => name))
    const values = raw.filter((_, index) => index % 2 === 1)
    const own = new Set(['Host', 'Sec-WebSocket-Key'])
    for (const [index, [name, value]] of HEADERS.entries()) {
      if (own.has(name)) expect(values[index]).not.toBe(value)
      else expect(values[index]).toBe(value)
    }
    expect(values[0]).toBe(new URL(server.url).host)
  })

  it('are written as they came, whatever their case', async () => {
    const server = await serve()
    const lower = HEADERS.map(([name, value]) => [name.toLowerCase(), value] as const)
    await open(server.url, {}, { headers: lower })
    expect((server.upgrades[0]?.rawHeaders ?? []).filter((_, index) => index % 2 === 0)).toEqual(
      lower.map(([name]) => name),
    )
  })

  it('offer no compression where codex offered none', async () => {
    const server = await serve({ deflate: true })
    const answer = await open(server.url, {}, { headers: HEADERS.slice(0, -1) })
    expect('socket' in answer && answer.socket.extensions).toBe('')
  })

  it('that HTTP does not allow are refused before anything is sent', async () => {
    const server = await serve()
    await expect(open(server.url, {}, { headers: [...HEADERS, ['x', 'a\nb']] })).rejects.toMatchObject({
      code: 'CP_UPSTREAM_REQUEST',
    })
    expect(server.upgrades).toHaveLength(0)
  })
})

describe('a TLS server', () => {
  it('sees codex’s own hello, or the nearest this OpenSSL can send', async () => {
    const server = await serve({ tls })
    const hellos: Buffer[] = []
    const tap = await relay(Number(new URL(server.url).port), hellos)
    await open(`https://localhost:${tap}`, { CODEX_CA_CERTIFICATE: CA_FILE })
    const own = hasOwnHello() ? SOCKET_JA4 : SOCKET_JA4.replace('0d308c48d2a3', 'f9531d972513')
    expect(ja4(hellos[0] as Buffer)).toBe(own)
  })

  it('that nobody vouches for is refused', async () => {
    const server = await serve({ tls })
    await expect(open(server.url)).rejects.toMatchObject({ code: 'CP_UPSTREAM_TLS' })
    expect(server.upgrades).toHaveLength(0)
  })

  it('that is called by another name is refused', async () => {
    const server = await serve({ tls })
    const proxy = await startConnectProxy([])
    const url = `https://another.test:${new URL(server.url).port}`
    const env = { SSL_CERT_FILE: CA_FILE, HTTPS_PROXY: `http://127.0.0.1:${proxy}` }
    await expect(open(url, env)).rejects.toMatchObject({ code: 'CP_UPSTREAM_TLS' })
    expect(server.upgrades).toHaveLength(0)
  })

  it.each([
    ['an RSA key of 1024 bits', 'weak.pem', 'weak-key.pem', 'weak.pem'],
    ['a SHA-1 signature', 'sha1.pem', 'sha1-key.pem', 'sha1-ca.pem'],
  ])('with %s is refused before anything is sent', async (_name, cert, key, ca) => {
    // The hello's security level 0 is what the server needs too, to serve such a certificate.
    const weak = { cert: readFileSync(file(cert)), key: readFileSync(file(key)), ciphers: 'DEFAULT@SECLEVEL=0' }
    const server = createTlsServer(weak)
    let asked = 0
    server.on('upgrade', () => {
      asked += 1
    })
    closing.push(() => server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://localhost:${(server.address() as AddressInfo).port}`
    await expect(open(url, { SSL_CERT_FILE: file(ca) })).rejects.toMatchObject({ code: 'CP_UPSTREAM_TLS' })
    expect(asked).toBe(0)
  })

  it('behind a proxy with a login is reached through it', async () => {
    const server = await serve({ tls })
    const connects: string[] = []
    const proxy = await startConnectProxy(connects)
    // Loopback is never asked for through a proxy, so that the server has another name here.
    const url = `https://upstream.test:${new URL(server.url).port}`
    const env = { CODEX_CA_CERTIFICATE: CA_FILE, HTTPS_PROXY: `http://user:p%40ss@127.0.0.1:${proxy}` }
    const answer = await open(url, env)
    expect('socket' in answer).toBe(true)
    expect(connects[0]).toContain(`CONNECT upstream.test:${new URL(server.url).port} HTTP/1.1`)
    expect(connects[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`)
  })

  it('counts by an authority of SSL_CERT_DIR, and socks:// is ignored as by codex', async () => {
    const server = await serve({ tls })
    const folder = mkdtempSync(join(tmpdir(), 'codex-plus-authorities-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    copyFileSync(CA_FILE, join(folder, 'any-name'))
    const proxy = await startConnectProxy([])
    const url = `https://upstream.test:${new URL(server.url).port}`
    const direct = await open(server.url, { SSL_CERT_DIR: folder })
    expect('socket' in direct).toBe(true)
    const env = { SSL_CERT_DIR: folder, HTTPS_PROXY: 'socks://127.0.0.1:1', ALL_PROXY: `http://127.0.0.1:${proxy}` }
    expect('socket' in (await open(url, env))).toBe(true)
  })

  it('whose CA file cannot be read is not asked', async () => {
    const server = await serve({ tls })
    await expect(open(server.url, { CODEX_CA_CERTIFICATE: '/nowhere.pem' })).rejects.toMatchObject({
      code: 'CP_UPSTREAM_TLS',
      message: expect.stringContaining('/nowhere.pem'),
    })
  })
})

describe('an answer', () => {
  it('that refuses is told with its headers and body', async () => {
    const server = await serve({
      onUpgrade: (_, socket) => socket.end('HTTP/1.1 429 X\r\nX-Own: 1\r\ncontent-length: 2\r\n\r\nno') !== undefined,
    })
    expect(await open(server.url)).toEqual({
      status: 429,
      headers: [
        ['X-Own', '1'],
        ['content-length', '2'],
      ],
      body: Buffer.from('no'),
    })
  })

  it('that does not come is given up with the signal', async () => {
    const server = await serve({ onUpgrade: () => true })
    await expect(open(server.url, {}, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      code: 'CP_UPSTREAM_ABORTED',
    })
  })

  it('whose first message comes with it is not lost', async () => {
    const server = await serve()
    server.upgrades.length = 0
    const answer = await open(server.url)
    server.sockets[0]?.send('first')
    if (!('socket' in answer)) throw new Error('refused')
    const message = new Promise((resolve) => answer.socket.once('message', (data: Buffer) => resolve(data.toString())))
    answer.socket.resume()
    expect(await message).toBe('first')
  })
})

/** Passes a connection on, and keeps the first bytes of each. */
async function relay(port: number, firsts: Buffer[]): Promise<number> {
  const { connect } = await import('node:net')
  return await listen((socket) => {
    const server = connect(port, '127.0.0.1')
    socket.once('data', (first) => firsts.push(first))
    socket.pipe(server).pipe(socket)
    server.on('error', () => {})
  })
}

/** A CONNECT proxy that takes every name for loopback. */
async function startConnectProxy(heads: string[]): Promise<number> {
  const { connect } = await import('node:net')
  return await listen((socket) => {
    socket.once('data', (head) => {
      heads.push(head.toString())
      const port = Number(/:(\d+) HTTP/.exec(head.toString())?.[1])
      const server = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(server).pipe(socket)
      })
      server.on('error', () => {})
    })
  })
}

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
