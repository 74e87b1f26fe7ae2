import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readFlow } from '../../src/stream/event-flow.js'
import { formatEvent } from '../../src/stream/local-response-events.js'
import { watchStream } from '../../src/stream/truncation.js'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'
import { connectRaw, exchange, requestBytes } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'
import { type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'

/** A server that is broken or hostile: one line that is larger than any string of V8, in few bytes. */
const MEGABYTE = Buffer.alloc(1024 * 1024, 'a')
const LINE_MB = 530

function* hugeLine(megabytes: number): Generator<Buffer> {
  yield Buffer.from('data: {"type":"response.output_text.delta","delta":"')
  for (let count = 0; count < megabytes; count++) yield MEGABYTE
  yield Buffer.from('"}\n\n')
}

async function compressed(encoder: NodeJS.ReadWriteStream): Promise<Buffer> {
  const parts: Buffer[] = []
  encoder.on('data', (part: Buffer) => parts.push(part))
  await pipeline(Readable.from(hugeLine(LINE_MB), { objectMode: false }), encoder)
  return Buffer.concat(parts)
}

const bombs = new Map<string, Buffer>()
beforeAll(async () => {
  bombs.set('gzip', await compressed(zlib.createGzip({ level: 1 })))
  bombs.set('deflate', await compressed(zlib.createDeflate({ level: 1 })))
  bombs.set('br', await compressed(zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })))
})
afterAll(() => bombs.clear())

const STREAM: [string, string] = ['content-type', 'text/event-stream']

describe('one line of 530 MB', () => {
  let proxy: ProxyUnderTest | undefined
  afterEach(async () => {
    await proxy?.close()
    proxy = undefined
  })

  it.each(['gzip', 'deflate', 'br'])('in a few bytes of %s goes on to codex as it came', async (encoding) => {
    const bomb = bombs.get(encoding) ?? Buffer.alloc(0)
    expect(bomb.length).toBeLessThan(4 * 1024 * 1024)
    const seen: string[] = []
    const observer = { event: (_request: unknown, { type }: { type: string }) => void seen.push(type) }
    proxy = await startProxy(() => respond(200, [STREAM, ['content-encoding', encoding]], bomb), {
      observers: [observer],
    })
    const response = await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, '{}')
    expect(response.status).toBe(200)
    expect(response.body.equals(bomb)).toBe(true)
    // The proxy serves the next request.
    expect((await exchange(proxy.port, 'GET', proxy.target('/models'))).status).toBe(200)
    expect(seen).toEqual([])
  })

  it('in clear goes on to codex as it comes, and is not kept', async () => {
    const before = process.memoryUsage().rss
    let most = 0
    const body = Readable.from(hugeLine(LINE_MB), { objectMode: false })
    proxy = await startProxy(() => ({ status: 200, statusText: 'OK', headers: [STREAM], body }))
    const client = await connectRaw(proxy.port)
    // Only the length is of interest here.
    client.socket.removeAllListeners('data')
    let got = 0
    client.socket.on('data', (part: Buffer) => {
      got += part.length
      most = Math.max(most, process.memoryUsage().rss)
    })
    client.socket.write(requestBytes(proxy.port, 'POST', proxy.target('/responses'), { connection: 'close' }, '{}'))
    await once(client.socket, 'close')
    expect(got).toBeGreaterThan(LINE_MB * MEGABYTE.length)
    expect(most - before).toBeLessThan(400 * 1024 * 1024)
  })

  it('ends a stream that hooks would have to change, instead of dropping it', async () => {
    const flow = readFlow(Readable.from([bombs.get('gzip')]), 'gzip')
    const read = async (): Promise<void> => {
      for await (const event of flow ?? []) expect(event.type).toBe('nothing of it is an event')
    }
    await expect(read()).rejects.toMatchObject({ code: 'CP_UPSTREAM_RESPONSE' })
  })
})

describe('a watch', () => {
  it('gives up at 64 MB of one event and tells the events before it', async () => {
    const seen: string[] = []
    const watch = watchStream(null, ({ type }) => void seen.push(type))
    watch?.push(Buffer.from(formatEvent({ type: 'response.created' })))
    for (let count = 0; count < 65; count++) watch?.push(MEGABYTE)
    expect([watch?.gaveUp, watch?.finished]).toEqual([true, false])
    watch?.push(Buffer.from(`\n\n${formatEvent({ type: 'response.completed' })}`))
    await watch?.end()
    expect(seen).toEqual(['response.created'])
  })

  it.each(['identity', 'gzip', 'br', 'deflate'])('of %s does not throw, whatever it is fed', async (encoding) => {
    const watch = watchStream(encoding)
    for (const part of ['\xff\xfe\x00', 'data', '\r', 'data: \u{1F600}'.slice(0, -1), 'id: \0\nretry: x\n\n']) {
      watch?.push(Buffer.from(part, 'latin1'))
    }
    await watch?.end()
    watch?.push(Buffer.from('after the end'))
    expect(watch?.finished).toBe(false)
  })
})

describe('codex-plus', () => {
  let upstream: ScriptedUpstream
  let lab: Lab
  beforeEach(async () => {
    upstream = await startScriptedUpstream((n) => {
      if (n > 0) return [says('the second answer')]
      return (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
        response.end(bombs.get('gzip'))
      }
    })
    lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
  })
  afterEach(async () => {
    lab.remove()
    await upstream.close()
  })

  it('goes on after an answer that no string can hold; codex asks again', async () => {
    const result = await lab.run(CODEX_PLUS, ['exec', 'hello'])
    expect(result).toMatchObject({ code: 0, stdout: 'the second answer\n' })
    expect(result.stderr).not.toMatch(/RangeError|at .*\.js:/)
  })
})
