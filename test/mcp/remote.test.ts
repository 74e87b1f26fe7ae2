import { type ChildProcess, spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentText } from '../../src/mcp/content-text.js'
import type { Pool } from '../../src/mcp/server-pool.js'
import { EVERYTHING } from '../codex/mcp-calls.js'
import { scaled } from '../time.js'
import { makePlace, type Place, poolOf } from './place.js'

let place: Place
let pool: Pool
let server: ChildProcess
let port: number

beforeEach(async () => {
  place = makePlace()
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  port = (probe.address() as AddressInfo).port
  await new Promise((resolve) => probe.close(resolve))
})
afterEach(async () => {
  server.kill('SIGKILL')
  await pool.close()
  place.remove()
})

async function start(transport: string): Promise<void> {
  const child = spawn(process.execPath, [EVERYTHING, transport], { env: { ...process.env, PORT: String(port) } })
  server = child
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (bytes: Buffer) => /port/.test(bytes.toString()) && resolve())
  })
}

async function stop(): Promise<void> {
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGKILL')
  await gone
}

describe.each([
  ['http', 'streamableHttp', '/mcp'],
  ['sse', 'sse', '/sse'],
])('a remote server over %s', (type, transport, path) => {
  it('that goes away during a call causes an error soon, and is used again when it is back', {
    timeout: 60_000,
  }, async () => {
    await start(transport)
    pool = poolOf(place, { srv: { type, url: `http://127.0.0.1:${port}${path}` } })
    const echo = async (): Promise<string> => {
      const result = await pool.member('srv').callTool({ name: 'echo', arguments: { message: 'hi' } })
      return contentText(result.content)
    }
    expect(await echo()).toBe('Echo: hi')
    const begun = performance.now()
    const long = pool
      .member('srv')
      .callTool({ name: 'trigger-long-running-operation', arguments: { duration: 50, steps: 5 } })
    await new Promise((resolve) => setTimeout(resolve, 300))
    await stop()
    const result = await long
    expect(result).toMatchObject({ isError: true })
    expect(contentText(result.content)).toContain("MCP server 'srv' ended before it answered")
    expect(performance.now() - begun).toBeLessThan(scaled(20_000))
    await start(transport)
    let text = ''
    for (let tries = 0; tries < 20 && text !== 'Echo: hi'; tries += 1) {
      text = await echo().catch((error: unknown) => String(error))
      if (text !== 'Echo: hi') await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect(text).toBe('Echo: hi')
  })

  it('that is not there says so', async () => {
    await start(transport)
    await stop()
    pool = poolOf(place, { srv: { type, url: `http://127.0.0.1:${port}${path}` } })
    await expect(pool.member('srv').connection.ready()).rejects.toThrow(
      /MCP server 'srv' did not start: .*ECONNREFUSED/,
    )
  })
})
