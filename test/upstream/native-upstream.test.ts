import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createServer as createTlsServer, rootCertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CodexPlusError } from '../../src/errors.js'
import { silentLog } from '../../src/log/log.js'
import { ja4 } from '../../src/upstream/cycletls/ja4.js'
import { createNativeUpstream } from '../../src/upstream/native-upstream.js'
import type { Upstream, UpstreamResponse } from '../../src/upstream/upstream.js'
import { serveConnect } from '../fixtures/proxy/connect.js'
import { CA_FILE, type ReceivedRequest, startTlsUpstream, type TlsUpstream, tls } from '../fixtures/tls/upstream.js'
import { labRequest, readAll } from './cycletls/lab.js'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Two: a\r\nX-Two: b\r\n\r\nhello'

let server: TlsUpstream
let answer: (request: ReceivedRequest) => void
let upstream: Upstream | null
const listening: Array<{ close(): unknown }> = []
const sockets = new Set<Socket>()

beforeEach(async () => {
  upstream = null
  answer = ({ socket }) => void socket.end(OK)
  server = await startTlsUpstream((request) => answer(request))
})
afterEach(async () => {
  await upstream?.close()
  for (const one of listening.splice(0)) one.close()
  for (const socket of sockets) socket.destroy()
  await server.close()
})

function native(env: NodeJS.ProcessEnv = { CODEX_CA_CERTIFICATE: CA_FILE }): Upstream {
  upstream = createNativeUpstream({ env, log: silentLog })
  return upstream
}

async function listen(one: ReturnType<typeof createServer>): Promise<number> {
  one.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  listening.push(one)
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  return (one.address() as AddressInfo).port
}

const text = async (response: UpstreamResponse): Promise<string> => (await readAll(response.body)).toString()
const errorOf = async (promise: Promise<unknown>): Promise<CodexPlusError> =>
  await promise.then(
    () => {
      throw new Error('it was answered')
    },
    (error: CodexPlusError) => error,
  )

describe('a request', () => {
  it("leaves with codex's header order, and comes back as it was answered", async () => {
    const response = await native().send(labRequest(server.url('/v1/responses?a=b')))
    expect(await text(response)).toBe('hello')
    expect(response).toMatchObject({ status: 200, statusText: 'OK' })
    expect(response.headers.filter(([name]) => name === 'X-Two')).toEqual([
      ['X-Two', 'a'],
      ['X-Two', 'b'],
    ])
    expect(server.requests[0]?.head.split('\r\n')).toEqual([
      'POST /v1/responses?a=b HTTP/1.1',
      'version: 0.169.0',
      'session-id: abc',
      'accept: text/event-stream',
      'content-type: application/json',
      'authorization: Bearer dummy',
      'originator: codex_exec',
      'user-agent: codex_exec/0.169.0',
      `host: localhost:${server.port}`,
      'content-length: 12',
      '',
      '',
    ])
  })

  it("has codex's JA4 where this Node's OpenSSL can, and one handshake on every way", async () => {
    await text(await native().send(labRequest(server.url())))
    const direct = ja4(server.hellos[0] ?? Buffer.alloc(0))
    const [major = 0, minor = 0] = process.versions.openssl.split('.').map(Number)
    const can = major > 3 || (major === 3 && minor >= 5)
    expect(direct).toBe(can ? 't13d301100_1d37bd780c83_8e6e362c5eac' : 't13d311000_e8f1e7e78f70_1f22a2ca17c4')
    await upstream?.close()
    const proxy = await listen(createServer(serveConnect([])))
    const env = { SSL_CERT_FILE: CA_FILE, HTTPS_PROXY: `127.0.0.1:${proxy}` }
    await text(await native(env).send(labRequest(server.url('/', 'upstream.test'))))
    expect(ja4(server.hellos[1] ?? Buffer.alloc(0))).toBe(direct)
  })

  it('keeps its connection for the next one, and replaces one that the server has closed meanwhile', async () => {
    let connections = 0
    let seen = 0
    const plain = http.createServer((request, response) => {
      seen += 1
      request.resume().on('end', () => response.end('hello'))
    })
    plain.on('connection', () => {
      connections += 1
    })
    const url = new URL(`http://127.0.0.1:${await listen(plain)}/v1/responses`)
    const { send } = native({})
    for (let n = 0; n < 3; n += 1) expect(await text(await send(labRequest(url)))).toBe('hello')
    expect(connections).toBe(1)
    // The server's end goes in the moment the next request is on its way.
    for (const socket of sockets) socket.resetAndDestroy()
    expect(await text(await send(labRequest(url)))).toBe('hello')
    expect([connections, seen]).toEqual([2, 4])
  })

  it.each(['before the headers', 'in the body'])('that is aborted %s closes its connection', async (when) => {
    answer = ({ socket }) => {
      if (when === 'in the body') socket.write(OK.slice(0, -2))
    }
    const abort = new AbortController()
    const sent = native().send(labRequest(server.url(), { signal: abort.signal }))
    await expect.poll(() => server.requests.length).toBe(1)
    if (when === 'before the headers') {
      abort.abort()
      expect(await errorOf(sent)).toMatchObject({ code: 'CP_UPSTREAM_ABORTED' })
    } else {
      const { body } = await sent
      const read = readAll(body).catch((error: Error) => error)
      abort.abort()
      expect(await read).toBeInstanceOf(Error)
    }
    await expect.poll(() => server.openConnections).toBe(0)
  })

  it('with a header that HTTP does not allow is not sent, and its value is not told', async () => {
    const headers = [['authorization', 'Bearer a\r\nb']] as const
    const error = await errorOf(native().send(labRequest(server.url(), { headers })))
    expect(error).toMatchObject({ code: 'CP_UPSTREAM_REQUEST' })
    expect(error.message).not.toContain('Bearer')
    expect(server.requests).toHaveLength(0)
  })
})

describe('a fault', () => {
  it.each<[name: string, what: typeof answer, code: string]>([
    ['a reset before the headers', ({ reset }) => reset(), 'CP_UPSTREAM_RESET'],
    ['a close before the headers', ({ socket }) => void socket.destroy(), 'CP_UPSTREAM_RESET'],
    ['no HTTP', ({ socket }) => void socket.end('SSH-2.0\r\n'), 'CP_UPSTREAM_CONNECT'],
  ])('%s rejects', async (_name, what, code) => {
    answer = what
    expect(await errorOf(native().send(labRequest(server.url())))).toMatchObject({ code })
  })

  it('a body that breaks off is no end', async () => {
    answer = ({ socket, reset }) => {
      socket.write(OK.slice(0, -2))
      setTimeout(reset, 50)
    }
    const { body } = await native().send(labRequest(server.url()))
    await expect(readAll(body)).rejects.toThrow()
  })

  it('a refused connection, and a name that is none', async () => {
    const port = await listen(createServer())
    await new Promise((resolve) => (listening.pop() as ReturnType<typeof createServer>).close(resolve))
    const refused = await errorOf(native().send(labRequest(new URL(`https://127.0.0.1:${port}/`))))
    expect(refused).toMatchObject({ code: 'CP_UPSTREAM_CONNECT', message: expect.stringContaining('ECONNREFUSED') })
    const unknown = await errorOf(native().send(labRequest(new URL('https://nobody.invalid/'))))
    expect(unknown).toMatchObject({ code: 'CP_UPSTREAM_CONNECT', message: expect.stringContaining('nobody.invalid') })
  })
})

describe('certificates', () => {
  it.each<[name: string, env: NodeJS.ProcessEnv, host: string]>([
    ['of an unknown authority', {}, 'upstream.test'],
    ['for another name', { CODEX_CA_CERTIFICATE: CA_FILE }, 'other.test'],
  ])('%s are refused, with a hint', async (_name, env, host) => {
    const proxy = await listen(createServer(serveConnect([])))
    const { send } = native({ ...env, HTTPS_PROXY: `http://127.0.0.1:${proxy}` })
    const error = await errorOf(send(labRequest(server.url('/', host))))
    expect(error).toMatchObject({ code: 'CP_UPSTREAM_TLS', hint: expect.stringContaining('CODEX_CA_CERTIFICATE') })
    expect(server.requests).toHaveLength(0)
  })

  it('SSL_CERT_FILE counts, and CODEX_CA_CERTIFICATE before it', async () => {
    expect(await text(await native({ SSL_CERT_FILE: CA_FILE }).send(labRequest(server.url())))).toBe('hello')
    await upstream?.close()
    const env = { SSL_CERT_FILE: '/nowhere.pem', CODEX_CA_CERTIFICATE: CA_FILE }
    expect(await text(await native(env).send(labRequest(server.url())))).toBe('hello')
  })

  it('every file of the folders of SSL_CERT_DIR counts, beside another authority', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'codex-plus-authorities-'))
    try {
      mkdirSync(join(folder, 'empty'))
      mkdirSync(join(folder, 'full/folder'), { recursive: true })
      copyFileSync(CA_FILE, join(folder, 'full/any-name'))
      writeFileSync(join(folder, 'full/README'), 'no certificate')
      symlinkSync('/nowhere', join(folder, 'full/broken.0'))
      const folders = ['/nowhere', join(folder, 'empty'), join(folder, 'full')].join(delimiter)
      const [other = ''] = rootCertificates
      writeFileSync(join(folder, 'other.pem'), other)
      for (const more of [{}, { SSL_CERT_FILE: join(folder, 'other.pem') }]) {
        expect(await text(await native({ SSL_CERT_DIR: folders, ...more }).send(labRequest(server.url())))).toBe(
          'hello',
        )
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('a file without a certificate is named, as one that cannot be read', async () => {
    expect(await errorOf(native({ CODEX_CA_CERTIFICATE: '/dev/null' }).send(labRequest(server.url())))).toMatchObject({
      code: 'CP_UPSTREAM_TLS',
      message: 'The certificates in /dev/null could not be read.',
    })
  })

  it('a file that cannot be read is named', async () => {
    expect(await errorOf(native({ SSL_CERT_FILE: '/nowhere.pem' }).send(labRequest(server.url())))).toMatchObject({
      code: 'CP_UPSTREAM_TLS',
      message: 'The certificates in /nowhere.pem could not be read.',
    })
  })
})

describe('a proxy of the user', () => {
  const target = (): URL => server.url('/', 'upstream.test')
  const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ CODEX_CA_CERTIFICATE: CA_FILE, ...more })

  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])(
    'in %s carries the request, with its login',
    async (name) => {
      const heads: string[] = []
      const port = await listen(createServer(serveConnect(heads)))
      const { send } = native(env({ [name]: `http://me:p%40ss@127.0.0.1:${port}` }))
      expect(await text(await send(labRequest(target())))).toBe('hello')
      const login = Buffer.from('me:p@ss').toString('base64')
      expect(heads).toEqual([
        `CONNECT upstream.test:${server.port} HTTP/1.1\r\nHost: upstream.test:${server.port}\r\n` +
          `Proxy-Authorization: Basic ${login}\r\n\r\n`,
      ])
      expect(server.requests[0]?.head).not.toMatch(/proxy-/i)
    },
  )

  it('may be reached over TLS', async () => {
    const heads: string[] = []
    const port = await listen(createTlsServer(tls, serveConnect(heads)))
    const { send } = native(env({ HTTPS_PROXY: `https://localhost:${port}` }))
    expect(await text(await send(labRequest(target())))).toBe('hello')
    expect(heads).toHaveLength(1)
  })

  it('carries http:// upstreams in the clear', async () => {
    const seen: string[] = []
    const port = await listen(
      http.createServer((request, response) => {
        const { host, 'proxy-authorization': login } = request.headers
        seen.push(`${request.method} ${request.url} ${host} ${login}`)
        request.resume().on('end', () => response.end('by proxy'))
      }),
    )
    const { send } = native({ HTTP_PROXY: `http://a:b@127.0.0.1:${port}` })
    expect(await text(await send(labRequest(new URL('http://upstream.test:81/v1/x?y'))))).toBe('by proxy')
    expect(seen).toEqual(['POST http://upstream.test:81/v1/x?y upstream.test:81 Basic YTpi'])
  })

  it.each([
    ['that refuses', async () => await listen(createServer(serveConnect([], '407 Login'))), /407/],
    ['that is not there', async () => 1, /ECONNREFUSED/],
    ['that talks nonsense', async () => await listen(createServer((socket) => socket.end('no\r\n\r\n'))), /CONNECT/],
  ])('%s is named, without its password', async (_name, start, why) => {
    const { send } = native(env({ HTTPS_PROXY: `http://me:hunter2@127.0.0.1:${await start()}` }))
    const error = await errorOf(send(labRequest(target())))
    expect(error).toMatchObject({ code: 'CP_UPSTREAM_PROXY', message: expect.stringMatching(why) })
    expect(`${error.message} ${error.stack}`).not.toContain('hunter2')
  })

  it('is passed by for a host in NO_PROXY, and for loopback', async () => {
    const heads: string[] = []
    const port = await listen(createServer(serveConnect(heads)))
    const { send } = native(env({ HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: '.test' }))
    expect(await errorOf(send(labRequest(target())))).toMatchObject({ code: 'CP_UPSTREAM_CONNECT' })
    expect(await text(await send(labRequest(server.url())))).toBe('hello')
    expect(heads).toHaveLength(0)
  })
})
