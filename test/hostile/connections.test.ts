import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'
import { connectRaw, exchange, requestBytes } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'
import { type ScriptedUpstream, says, sse, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'

const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
/** Another user's rights can be had by root alone. */
const canBeNobody =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('setpriv', [...asNobody.slice(1), 'true']).status === 0

/**
 * What another user of the machine does: it opens a connection, uses up the descriptors of codex-plus with as many more as
 * it can, and then asks over the first one, and over some of the others. It prints what comes back.
 */
const STRANGER = `
const net = require('node:net')
const [port, target] = [Number(process.argv[1]), process.argv[2]]
const open = () => { const s = net.connect(port, '127.0.0.1'); s.on('error', () => {}); s.pipe(process.stdout, { end: false }); return s }
const ask = (s) => s.write('GET ' + target + ' HTTP/1.1\\r\\nhost: 127.0.0.1:' + port + '\\r\\n\\r\\n')
const first = open()
first.on('connect', () => {
  const more = Array.from({ length: 400 }, open)
  setTimeout(() => { ask(first); for (const s of more.slice(0, 40)) ask(s) }, 500)
  setTimeout(() => process.exit(), 2500)
})`

describe.runIf(canBeNobody)('another user of the machine', () => {
  let upstream: ScriptedUpstream
  let lab: Lab
  let held: ServerResponse | undefined
  beforeEach(async () => {
    held = undefined
    upstream = await startScriptedUpstream(() => (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      held = response
    })
    lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
  })
  afterEach(async () => {
    lab.remove()
    await upstream.close()
  })

  /** The address with its secret, which every user can read in the command line of codex. */
  function addressOf(): URL | null {
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(lab.root)) continue
        const found = /openai_base_url="(http:[^"]+)"/.exec(readFileSync(`/proc/${name}/cmdline`, 'latin1'))
        if (found?.[1]) return new URL(found[1])
      } catch {
        // It has ended in the meantime.
      }
    }
    return null
  }

  it.each([2, 10, 50])(
    'gets no answer when it takes the last %i descriptors, and codex gets its own',
    async (spare) => {
      const run = spawn(process.execPath, [CODEX_PLUS, 'exec', 'x'], {
        cwd: lab.project,
        env: lab.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      run.stdout.on('data', (data: Buffer) => {
        output += data.toString()
      })
      const ended = once(run, 'close')
      await expect.poll(() => held !== undefined, { timeout: scaled(60_000) }).toBe(true)
      const limit = Math.max(...readdirSync(`/proc/${run.pid}/fd`).map(Number)) + 1 + spare
      spawnSync('prlimit', ['--pid', String(run.pid), `--nofile=${limit}:${limit}`])
      const address = addressOf()
      const before = upstream.requests.length
      const stranger = spawn(asNobody[0] as string, [
        ...asNobody.slice(1),
        process.execPath,
        '-e',
        STRANGER,
        address?.port ?? '',
        `${address?.pathname}/models`,
      ])
      let got = ''
      stranger.stdout.on('data', (data: Buffer) => {
        got += data.toString()
      })
      await once(stranger, 'close')
      expect(got).toBe('')
      expect(upstream.requests.length).toBe(before)
      held?.end(sse('resp_1', [says('for codex alone')]))
      expect((await ended)[0]).toBe(0)
      expect(output).toContain('for codex alone')
    },
  )
})

describe('before the secret is known', () => {
  let proxy: ProxyUnderTest
  beforeEach(async () => {
    proxy = await startProxy(() => respond(200, [], 'here'))
  })
  afterEach(() => proxy.close())

  it.each<[what: string, bytes: (port: number) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['half a request line', () => Buffer.from('POST /')],
    ['half a head', (port) => Buffer.from(`POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx: `)],
    [
      'half a body',
      (port) => requestBytes(port, 'POST', '/wrong/v1/responses', { 'content-length': '100000' }, 'half of it'),
    ],
    [
      'a chunk without an end',
      (port) => requestBytes(port, 'POST', '/wrong/v1/responses', { 'transfer-encoding': 'chunked' }, 'ffff\r\nhalf'),
    ],
  ])('a connection that sends %s is closed after some seconds', async (_what, bytes) => {
    const client = await connectRaw(proxy.port)
    client.socket.write(bytes(proxy.port))
    const begun = performance.now()
    await client.closed
    expect(performance.now() - begun).toBeLessThan(scaled(15_000))
  })

  it('a slow head is closed although bytes keep coming', async () => {
    const client = await connectRaw(proxy.port)
    client.socket.write(`GET / HTTP/1.1\r\nhost: 127.0.0.1:${proxy.port}\r\nx-slow: `)
    const drip = setInterval(() => client.socket.write('x'), 200)
    await client.closed
    clearInterval(drip)
    expect(proxy.sent).toEqual([])
  })

  it('a head has its time, a body and an answer have none', async () => {
    const client = await connectRaw(proxy.port)
    const body = '{"model":"m"}'
    client.socket.write(
      requestBytes(proxy.port, 'POST', proxy.target('/responses'), { 'content-length': String(body.length) }),
    )
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    client.socket.write(body)
    expect((await client.until('here')).toString()).toContain('200')
    client.socket.destroy()
  })

  it('there is a limit of connections, which the next one after the flood does not feel', async () => {
    const flood = Array.from({ length: 700 }, () => connect(proxy.port, '127.0.0.1').on('error', () => {}))
    await Promise.all(flood.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])))
    await expect
      .poll(() => flood.filter((socket) => socket.closed).length, { timeout: scaled(10_000) })
      .toBeGreaterThan(100)
    for (const socket of flood) socket.destroy()
    await expect
      .poll(
        async () =>
          await exchange(proxy.port, 'GET', proxy.target('/models')).then(
            ({ status }) => status,
            () => 0,
          ),
        {
          timeout: scaled(15_000),
        },
      )
      .toBe(200)
  })
})
