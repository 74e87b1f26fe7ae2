import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ja4 } from '../../../src/upstream/cycletls/ja4.js'
import { CA_FILE, type ReceivedRequest, startTlsUpstream, type TlsUpstream } from '../../fixtures/tls/upstream.js'
import { scaled } from '../../time.js'
import { errorOf, fallbackUpstream, labRequest, labUpstream, readAll, until } from './lab.js'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

let answer: (request: ReceivedRequest) => void = () => {}
let server: TlsUpstream
const upstream = labUpstream()

beforeAll(async () => {
  server = await startTlsUpstream((request) => answer(request))
})
afterAll(async () => {
  await upstream.close()
  await server.close()
})
afterEach(() => {
  server.hellos.length = 0
  server.requests.length = 0
})

describe.runIf(process.platform === 'linux')('the authorities of SSL_CERT_DIR', () => {
  it.each([
    ['alone', {}],
    ['beside a file with others', { CODEX_CA_CERTIFICATE: '/etc/ssl/certs/ca-certificates.crt' }],
  ])('count %s', async (_, more) => {
    answer = ({ socket }) => socket.end(OK)
    const folder = mkdtempSync(join(tmpdir(), 'codex-plus-authorities-'))
    copyFileSync(CA_FILE, join(folder, 'any-name.pem'))
    const other = labUpstream({ env: { PATH: process.env.PATH, SSL_CERT_DIR: folder, ...more } })
    try {
      expect((await readAll((await other.send(labRequest(server.url()))).body)).toString()).toBe('hello')
    } finally {
      await other.close()
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a request', () => {
  it("leaves with codex's handshake, header order and body", async () => {
    answer = ({ socket }) => socket.end(OK)
    const body = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 255, 10, 13])
    const response = await upstream.send(labRequest(server.url('/v1/responses?a=1'), { body }))
    expect((await readAll(response.body)).toString()).toBe('hello')
    expect(ja4(server.hellos[0] ?? Buffer.alloc(0))).toBe('t13d301100_1d37bd780c83_8e6e362c5eac')
    expect(server.requests[0]?.body).toEqual(body)
    expect(server.requests[0]?.head.split('\r\n')).toEqual([
      'POST /v1/responses?a=1 HTTP/1.1',
      'Version: 0.169.0',
      'Session-Id: abc',
      'Accept: text/event-stream',
      'Content-Type: application/json',
      'Authorization: Bearer dummy',
      'Originator: codex_exec',
      'User-Agent: codex_exec/0.169.0',
      `Host: localhost:${server.port}`,
      'Content-Length: 8',
      'Connection: close',
      '',
      '',
    ])
  })

  it('takes the headers that the helper writes itself from nobody, and joins repeated ones', async () => {
    answer = ({ socket }) => socket.end(OK)
    const headers = [
      ['Host', 'evil.test'],
      ['Content-Length', '999'],
      ['Accept-Encoding', 'br'],
      ['X-A', '1'],
      ['x-a', '2'],
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
      ['x-name', Buffer.from('Zoë').toString('latin1')],
      ['user-agent', 'ua'],
    ] as const
    await readAll((await upstream.send(labRequest(server.url(), { method: 'GET', body: null, headers }))).body)
    const head = Buffer.from(server.requests[0]?.head ?? '', 'latin1').toString('utf8')
    expect(head).toBe(
      `GET / HTTP/1.1\r\nX-A: 1, 2\r\nCookie: a=1; b=2\r\nX-Name: Zoë\r\nUser-Agent: ua\r\n` +
        `Host: localhost:${server.port}\r\nConnection: close\r\n\r\n`,
    )
  })

  it('of 2 MB arrives whole', async () => {
    answer = ({ socket }) => socket.end(OK)
    const body = Buffer.alloc(2_000_000, 'abcdefghij')
    await readAll((await upstream.send(labRequest(server.url(), { body }))).body)
    expect(server.requests[0]?.body.equals(body)).toBe(true)
  })

  it.each([
    ['CR LF in a header', { headers: [['x-a', 'b\r\nx-c: d']] as const }],
    ['NUL in a header', { headers: [['x-a', 'b\0']] as const }],
    ['a space in a header name', { headers: [['x a', 'b']] as const }],
    ['CR LF in the method', { method: 'GET / HTTP/1.1\r\n' }],
    ['a password in the URL', { url: new URL('https://u:p@localhost/') }],
  ])('with %s is refused before the helper sees it', async (_, parts) => {
    const error = await errorOf(upstream.send(labRequest(server.url(), parts)))
    expect(error).toMatchObject({ code: 'CP_UPSTREAM_REQUEST' })
    expect(server.hellos).toHaveLength(0)
  })

  it('to http:// goes to the fallback', async () => {
    const asked: never[] = []
    const plain = labUpstream({ fallback: fallbackUpstream(asked) })
    await errorOf(plain.send(labRequest(new URL('http://localhost:1/'))))
    expect(asked).toHaveLength(1)
    await plain.close()
  })
})

describe('a response', () => {
  it('keeps its encoding, its length and every value of a header', async () => {
    const bytes = gzipSync('hello '.repeat(100))
    answer = ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n`)
      socket.write('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n')
      socket.end(bytes)
    }
    const response = await upstream.send(labRequest(server.url()))
    const headers = response.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    expect(headers.sort()).toEqual([
      'content-encoding: gzip',
      `content-length: ${bytes.length}`,
      'set-cookie: a=1',
      'set-cookie: b=2',
    ])
    expect(await readAll(response.body)).toEqual(bytes)
  })

  it.each([204, 302, 401, 429, 500])('of status %i comes through as it is', async (status) => {
    answer = ({ socket }) =>
      socket.end(
        `HTTP/1.1 ${status} X\r\nLocation: https://localhost:1/\r\n${status === 204 ? '' : 'Content-Length: 0\r\n'}\r\n`,
      )
    const response = await upstream.send(labRequest(server.url()))
    expect(response.status).toBe(status)
    expect(await readAll(response.body)).toHaveLength(0)
  })

  it('gives its headers before the first byte of its body, and each chunk as it comes', async () => {
    let connection: ReceivedRequest | undefined
    answer = (request) => {
      connection = request
      request.socket.write(CHUNKED)
    }
    const { body } = await upstream.send(labRequest(server.url()))
    const chunks = body[Symbol.asyncIterator]()
    for (const part of ['one', 'two']) {
      connection?.socket.write(`3\r\n${part}\r\n`)
      expect(String((await chunks.next()).value)).toBe(part)
    }
    connection?.socket.end('0\r\n\r\n')
    expect((await chunks.next()).done).toBe(true)
  })

  it('that comes a byte at a time is whole', async () => {
    answer = async ({ socket }) => {
      for (const byte of `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`) {
        socket.write(byte)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      socket.end()
    }
    expect((await readAll((await upstream.send(labRequest(server.url()))).body)).toString()).toBe('hello')
  })

  it('is read no faster than its reader takes it', async () => {
    const total = 64 * 1024 * 1024
    let sent = 0
    answer = ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
      const chunk = Buffer.alloc(64 * 1024)
      const send = (): void => {
        while (sent < total) {
          sent += chunk.length
          if (!socket.write(chunk)) return
        }
        socket.end()
      }
      socket.on('drain', send)
      send()
    }
    const { body } = await upstream.send(labRequest(server.url()))
    let last = -1
    while (last !== sent) {
      last = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(sent).toBeLessThan(total / 2)
    let received = 0
    for await (const chunk of body) received += (chunk as Buffer).length
    expect(received).toBe(total)
  })
})

it('carries 32 streams at once, none mixed with another', async () => {
  answer = async ({ body, socket }) => {
    socket.write(CHUNKED)
    const name = body.toString()
    for (let chunk = 0; chunk < 20; chunk++) {
      socket.write(`${name.length.toString(16)}\r\n${name}\r\n`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    socket.end('0\r\n\r\n')
  }
  const streams = Array.from({ length: 32 }, async (_, index) => {
    const name = `stream-${index};`
    const { body } = await upstream.send(labRequest(server.url(), { body: Buffer.from(name) }))
    expect((await readAll(body)).toString()).toBe(name.repeat(20))
  })
  await Promise.all(streams)
})

describe('a fault', () => {
  it.each([
    ['reset before the headers', (request: ReceivedRequest) => request.reset(), 'CP_UPSTREAM_RESET'],
    ['closed before the headers', ({ socket }: ReceivedRequest) => socket.end(), 'CP_UPSTREAM_RESET'],
    ['answered with something else', ({ socket }: ReceivedRequest) => socket.end('what?\r\n\r\n'), 'CP_UPSTREAM_RESET'],
  ])('%s rejects', async (_, fault, code) => {
    answer = fault
    expect(await errorOf(upstream.send(labRequest(server.url())))).toMatchObject({ code })
  })

  it.each([
    ['a reset', (request: ReceivedRequest) => request.reset(), 'CP_UPSTREAM_RESET'],
    ['a close', ({ socket }: ReceivedRequest) => socket.end(), 'CP_UPSTREAM_TRUNCATED'],
  ])('%s in the body breaks it off after the bytes that came', async (_, fault, code) => {
    answer = (request) => {
      request.socket.write(`${CHUNKED}5\r\nhello\r\n`)
      setTimeout(() => fault(request), 50)
    }
    const { body } = await upstream.send(labRequest(server.url()))
    let received = ''
    body.on('data', (bytes) => {
      received += bytes
    })
    const error = await new Promise((resolve) => body.once('error', resolve).once('end', resolve))
    expect(error).toMatchObject({ code })
    expect(received).toBe('hello')
  })

  it('that comes long before anybody reads the body is still told', async () => {
    answer = ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello')
    const { body } = await upstream.send(labRequest(server.url()))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await errorOf(readAll(body))).toMatchObject({ code: 'CP_UPSTREAM_TRUNCATED' })
  })

  it('a refused connection rejects', async () => {
    expect(await errorOf(upstream.send(labRequest(new URL('https://localhost:1/'))))).toMatchObject({
      code: 'CP_UPSTREAM_CONNECT',
    })
  })

  it('a certificate of an unknown authority rejects, with a hint', async () => {
    const distrusting = labUpstream({ env: { PATH: process.env.PATH } })
    expect(await errorOf(distrusting.send(labRequest(server.url())))).toMatchObject({
      code: 'CP_UPSTREAM_TLS',
      hint: expect.stringContaining('CODEX_CA_CERTIFICATE'),
    })
    await distrusting.close()
  })

  it('a certificate for another name rejects', async () => {
    expect(await errorOf(upstream.send(labRequest(server.url('/', '127.0.0.2'))))).toMatchObject({
      code: expect.stringMatching(/CP_UPSTREAM_(TLS|CONNECT)/),
    })
  })
})

describe('a client that goes away', () => {
  it.each(['before the headers', 'in the body'])('%s closes the connection upstream within a second', async (when) => {
    answer = ({ socket }) => {
      if (when === 'in the body') socket.write(`${CHUNKED}5\r\nhello\r\n`)
    }
    const controller = new AbortController()
    const sending = upstream.send(labRequest(server.url(), { signal: controller.signal }))
    let ending: Promise<unknown> = sending
    if (when === 'in the body') ending = readAll((await sending).body)
    await until(() => server.requests.length === 1)
    const started = Date.now()
    controller.abort()
    expect(await errorOf(ending)).toMatchObject({ code: 'CP_UPSTREAM_ABORTED' })
    await until(() => server.openConnections === 0)
    expect(Date.now() - started).toBeLessThan(scaled(3000))
  })

  it('and destroys the body does so too, and the next request is served', async () => {
    answer = ({ socket }) => socket.write(`${CHUNKED}5\r\nhello\r\n`)
    const { body } = await upstream.send(labRequest(server.url()))
    body.destroy()
    await until(() => server.openConnections === 0)
    answer = ({ socket }) => socket.end(OK)
    expect((await readAll((await upstream.send(labRequest(server.url()))).body)).toString()).toBe('hello')
  })

  it('before anything was sent sends nothing', async () => {
    const error = await errorOf(upstream.send(labRequest(server.url(), { signal: AbortSignal.abort() })))
    expect(error).toMatchObject({ code: 'CP_UPSTREAM_ABORTED' })
    expect(server.hellos).toHaveLength(0)
  })
})
