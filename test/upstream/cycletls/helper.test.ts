import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findBinary } from '../../../src/upstream/cycletls/helper-binary.js'
import { pickPort } from '../../../src/upstream/cycletls/start-helper.js'
import type { Upstream, UpstreamRequest } from '../../../src/upstream/upstream.js'
import { CA_FILE, type ReceivedRequest, startTlsUpstream, type TlsUpstream } from '../../fixtures/tls/upstream.js'
import { errorOf, fallbackUpstream, helpersBelow, isAlive, labRequest, labUpstream, readAll, until } from './lab.js'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const ENDLESS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'

let answer: (request: ReceivedRequest) => void = () => {}
let server: TlsUpstream
let upstream: Upstream | null = null
const folder = mkdtempSync(join(tmpdir(), 'codex-plus-'))

beforeAll(async () => {
  server = await startTlsUpstream((request) => answer(request))
})
afterEach(async () => {
  await upstream?.close()
  upstream = null
  expect(helpersBelow(process.pid)).toEqual([])
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

function ours(): number {
  const [pid] = helpersBelow(process.pid)
  // 0 would signal the own process group.
  if (pid === undefined) throw new Error('no helper runs')
  return pid
}

describe('the helper', () => {
  it('is started by the first request, serves the next and is gone a moment after the last', async () => {
    answer = ({ socket }) => socket.end(OK)
    upstream = labUpstream({ linger: 300 })
    expect(helpersBelow(process.pid)).toEqual([])
    await readAll((await upstream.send(labRequest(server.url()))).body)
    const first = ours()
    await readAll((await upstream.send(labRequest(server.url()))).body)
    expect(ours()).toBe(first)
    expect(first).toBeGreaterThan(0)
    await until(() => helpersBelow(process.pid).length === 0)
    await readAll((await upstream.send(labRequest(server.url()))).body)
    expect(ours()).not.toBe(first)
  })

  it('killed in the middle of a stream fails that one, and the next request is served', async () => {
    answer = ({ socket }) => socket.write(ENDLESS)
    upstream = labUpstream()
    const { body } = await upstream.send(labRequest(server.url()))
    const reading = errorOf(readAll(body))
    process.kill(ours(), 'SIGKILL')
    expect(await reading).toMatchObject({ code: 'CP_UPSTREAM_HELPER' })
    answer = ({ socket }) => socket.end(OK)
    expect((await readAll((await upstream.send(labRequest(server.url()))).body)).toString()).toBe('hello')
  })

  it('killed too often is given up, and the fallback sends, which is said once', async () => {
    answer = ({ socket }) => socket.end(OK)
    const asked: UpstreamRequest[] = []
    const notices: string[] = []
    upstream = labUpstream({ fallback: fallbackUpstream(asked), onNotice: (line) => notices.push(line) })
    for (let kills = 0; kills < 4; kills++) {
      await readAll((await upstream.send(labRequest(server.url()))).body)
      const pid = ours()
      process.kill(pid, 'SIGKILL')
      await until(() => helpersBelow(process.pid).length === 0)
    }
    expect(asked).toHaveLength(0)
    await errorOf(upstream.send(labRequest(server.url())))
    await errorOf(upstream.send(labRequest(server.url())))
    expect(asked).toHaveLength(2)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toContain('The cycletls helper failed 4 times in a minute')
  })

  it.each([
    ['is missing', () => findBinary('sunos', 'x64'), 'no helper for sunos on x64'],
    ['cannot be run', () => broken('#!/nonexistent/loader\n'), 'did not start'],
    ['exits at once', () => broken('#!/bin/sh\nexit 3\n'), 'exit code 3'],
  ])('that %s leaves the request to the fallback', async (_, find, why) => {
    const asked: UpstreamRequest[] = []
    const notices: string[] = []
    const options = {
      findBinary: find,
      fallback: fallbackUpstream(asked),
      onNotice: (line: string) => notices.push(line),
    }
    upstream = labUpstream(options as never)
    await errorOf(upstream.send(labRequest(server.url())))
    expect(asked).toHaveLength(1)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toContain(why)
  })

  it('whose port belongs to another program gets a port of its own, and the other not a byte of the request', async () => {
    answer = ({ socket }) => socket.end(OK)
    let heard = ''
    const taken: Socket[] = []
    // Takes websockets like the helper does, and listens.
    const squatter = createServer((socket) => {
      taken.push(socket)
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        heard += bytes.toString('latin1')
        const key = /^sec-websocket-key: (.*)\r$/im.exec(heard)?.[1]
        if (key !== undefined) socket.write(accept(key))
      })
    })
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
    const ports = [(squatter.address() as AddressInfo).port]
    upstream = labUpstream({ pickPort: async () => ports.pop() ?? (await pickPort()) })
    await readAll((await upstream.send(labRequest(server.url()))).body)
    expect(taken.length).toBeGreaterThan(0)
    expect(heard).not.toContain('requestId')
    expect(heard.replace(/GET \/ HTTP\/1\.1\r\n(?:[\w-]+: [^\r]*\r\n)+\r\n/g, '')).toBe('')
    for (const socket of taken) socket.destroy()
    await new Promise((resolve) => squatter.close(resolve))
  })
})

describe('closing', () => {
  it('ends what is in flight and leaves no process', async () => {
    answer = ({ socket }) => socket.write(ENDLESS)
    upstream = labUpstream()
    const { body } = await upstream.send(labRequest(server.url()))
    const reading = errorOf(readAll(body))
    await upstream.close()
    expect(await reading).toMatchObject({ code: 'CP_UPSTREAM_ABORTED' })
    expect(helpersBelow(process.pid)).toEqual([])
    await until(() => server.openConnections === 0)
  })

  it('by SIGKILL of this process leaves none either', async () => {
    answer = ({ socket }) => socket.write(ENDLESS)
    const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, server.url().href, CA_FILE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => parent.stdout.once('data', resolve))
    const [helper = 0] = helpersBelow(parent.pid ?? 0)
    const [guard = 0] = helpersBelow(helper)
    expect(isAlive(helper) && isAlive(guard)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !isAlive(helper) && !isAlive(guard))
    await until(() => server.openConnections === 0)
  })
})

/** Sends one request with the built program, says so, and waits. */
const PARENT = `
const { createCycletlsUpstream } = await import('${new URL('../../../dist/upstream/cycletls/cycletls-upstream.js', import.meta.url)}')
const { silentLog } = await import('${new URL('../../../dist/log/log.js', import.meta.url)}')
const [url, ca] = process.argv.slice(1)
const env = { PATH: process.env.PATH, SSL_CERT_FILE: ca }
const upstream = createCycletlsUpstream({ profile: 'codex', env, log: silentLog, fallback: null, onNotice: console.error })
const { signal } = new AbortController()
const response = await upstream.send({ method: 'POST', url: new URL(url), headers: [], body: Buffer.from('x'), signal })
response.body.once('data', () => console.log('ready'))
setInterval(() => {}, 1000)
`

function broken(program: string): string {
  const path = join(folder, 'helper')
  writeFileSync(path, program)
  chmodSync(path, 0o700)
  return path
}

/** RFC 6455 section 4.2.2. */
function accept(key: string): string {
  const digest = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${digest}\r\n\r\n`
}
