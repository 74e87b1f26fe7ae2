import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runHttp } from '../../src/hooks/run/http-hook.js'
import type { Pool } from '../../src/mcp/server-pool.js'
import { exchange } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'
import { makePlace, type Place, poolOf } from '../mcp/place.js'
import { scaled } from '../time.js'

/** Servers that send without end: everybody else goes on, and nothing grows. */
let place: Place
let pool: Pool | undefined
let proxy: ProxyUnderTest
let server: Server | undefined
beforeEach(async () => {
  place = makePlace()
  proxy = await startProxy(() => respond(200, [], 'here'))
})
afterEach(async () => {
  await pool?.close()
  pool = undefined
  await proxy.close()
  server?.closeAllConnections()
  server?.close()
  server = undefined
  place.remove()
})

const NOTIFICATION = JSON.stringify({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data: 'x'.repeat(100) },
})
const RESULT = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'flood', version: '1' } }

/** The time of the slowest of some plain requests, in ms, and how much memory they took. */
async function measure(): Promise<{ slowest: number; grown: number }> {
  const before = process.memoryUsage().rss
  let slowest = 0
  for (let count = 0; count < 20; count++) {
    const begun = performance.now()
    expect((await exchange(proxy.port, 'GET', proxy.target('/models'))).status).toBe(200)
    slowest = Math.max(slowest, performance.now() - begun)
    await sleep(100)
  }
  return { slowest, grown: process.memoryUsage().rss - before }
}

async function expectUnharmed(): Promise<void> {
  const { slowest, grown } = await measure()
  expect(slowest).toBeLessThan(scaled(1000))
  expect(grown).toBeLessThan(200 * 1024 * 1024)
}

describe('an MCP server that writes notifications without end', () => {
  it('on stdout: plain requests are answered, its own too', async () => {
    const program = `
      const flood = () => { while (process.stdout.write(${JSON.stringify(`${NOTIFICATION}\n`)}.repeat(100))); process.stdout.once('drain', () => setImmediate(flood)) }
      let rest = ''
      process.stdin.on('data', (d) => {
        const lines = (rest + d).split('\\n'); rest = lines.pop()
        for (const line of lines) {
          const { id, method } = JSON.parse(line)
          if (id === undefined) continue
          process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'initialize' ? ${JSON.stringify(RESULT)} : {} }) + '\\n')
          if (method === 'initialize') flood()
        }
      })`
    place.write('project/flood.cjs', program)
    pool = poolOf(place, { flood: { command: process.execPath, args: ['flood.cjs'] } })
    const { connection } = pool.member('flood')
    let notified = 0
    connection.onNotification(() => {
      notified += 1
    })
    await connection.ready()
    await expectUnharmed()
    expect(notified).toBeGreaterThan(1000)
    expect(await connection.request({ method: 'ping' })).toEqual({})
  })

  it.each(['sse', 'http'])('over %s: plain requests are answered', async (type) => {
    const flood = (outgoing: ServerResponse): void => {
      const more = (): void => {
        while (!outgoing.destroyed && outgoing.write(`event: message\ndata: ${NOTIFICATION}\n\n`.repeat(50)));
        outgoing.once('drain', () => setImmediate(more))
      }
      more()
    }
    let stream: ServerResponse | undefined
    server = createServer(async (incoming, outgoing) => {
      const parts: Buffer[] = []
      for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part)
      if (incoming.method === 'GET') {
        outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
        if (type === 'http') return flood(outgoing)
        stream = outgoing
        outgoing.write('event: endpoint\ndata: /post\n\n')
        return
      }
      const { id, method } = JSON.parse(Buffer.concat(parts).toString()) as { id?: number; method: string }
      const answer = JSON.stringify({ jsonrpc: '2.0', id, result: method === 'initialize' ? RESULT : {} })
      if (type === 'sse' && id !== undefined) stream?.write(`event: message\ndata: ${answer}\n\n`)
      if (type === 'sse' && method === 'notifications/initialized' && stream) flood(stream)
      if (type === 'sse' || id === undefined) return void outgoing.writeHead(202).end()
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    pool = poolOf(place, { flood: { type, url: `http://127.0.0.1:${port}/` } })
    let notified = 0
    const { connection } = pool.member('flood')
    connection.onNotification(() => {
      notified += 1
    })
    await connection.ready()
    await expectUnharmed()
    expect(notified).toBeGreaterThan(500)
  })
})

/** A server whose answers never end; `written` are the bytes it could send. */
async function endless(type: string, written: { bytes: number }): Promise<number> {
  const part = Buffer.alloc(64 * 1024, 'a')
  server = createServer((_incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': type })
    const more = (): void => {
      while (!outgoing.destroyed && outgoing.write(part)) written.bytes += part.length
      outgoing.once('drain', more)
    }
    more()
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('an answer without an end', () => {
  it('of an http hook is read up to its limit', async () => {
    const written = { bytes: 0 }
    const port = await endless('application/json', written)
    const action = { type: 'http' as const, url: `http://127.0.0.1:${port}/`, headers: {}, allowedEnvVars: [] }
    const result = await runHttp(action, '{}', {}, AbortSignal.timeout(scaled(60_000)))
    expect(result.failure).toBe('got a response of more than 4 MB')
    expect(written.bytes).toBeLessThan(32 * 1024 * 1024)
  })

  it.each(['application/json', 'text/event-stream'])('of an MCP server (%s) ends the call', async (type) => {
    const written = { bytes: 0 }
    const port = await endless(type, written)
    pool = poolOf(
      place,
      { endless: { type: 'http', url: `http://127.0.0.1:${port}/` } },
      { env: { MCP_TIMEOUT: '20000' } },
    )
    await expect(pool.member('endless').connection.ready()).rejects.toThrow(/more than 64 MB|did not start/)
    expect(written.bytes).toBeLessThan(160 * 1024 * 1024)
  })
})
