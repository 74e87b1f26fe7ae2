import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listAll } from '../../src/mcp/list-all.js'
import type { Pool } from '../../src/mcp/server-pool.js'
import { type GatewayLab, startGateway } from './gateway-lab.js'
import { makePlace, type Place, poolOf, textOf } from './place.js'

/** A message from the client, and how to answer it. */
interface Asked {
  readonly id: number | undefined
  readonly method: string
  readonly session: string | undefined
  readonly outgoing: ServerResponse
  /** The usual answer. */
  readonly result: object
}

let place: Place
let pool: Pool
let gateway: GatewayLab | null = null
let server: Server
let sessions: Set<string>
let seen: string[]
/** Answers a message in the place of the usual answer; false leaves it. */
let odd: (asked: Asked) => boolean
beforeEach(async () => {
  place = makePlace()
  sessions = new Set()
  seen = []
  odd = () => false
  server = createServer((incoming, outgoing) => void serve(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  pool = poolOf(place, { srv: { type: 'http', url: `http://127.0.0.1:${port}/mcp` } })
})
afterEach(async () => {
  await gateway?.close()
  gateway = null
  await pool.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  place.remove()
})

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.method !== 'POST') return void outgoing.writeHead(405).end()
  let body = ''
  for await (const part of incoming) body += String(part)
  const { id, method, params = {} } = JSON.parse(body) as { id?: number; method: string; params?: { name?: string } }
  const session = incoming.headers['mcp-session-id'] as string | undefined
  seen.push(method)
  const result = RESULTS[method]?.(params) ?? {}
  if (odd({ id, method, session, outgoing, result })) return
  if (id === undefined) return void outgoing.writeHead(202).end()
  if (method === 'initialize') {
    const opened = randomUUID()
    sessions.add(opened)
    return json(outgoing, { jsonrpc: '2.0', id, result }, { 'mcp-session-id': opened })
  }
  json(outgoing, { jsonrpc: '2.0', id, result })
}

const RESULTS: Record<string, (params: { name?: string }) => object> = {
  initialize: () => ({
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'remote', version: '1' },
  }),
  'tools/list': () => ({ tools: [{ name: 'good', inputSchema: { type: 'object' } }] }),
  'tools/call': ({ name }) => ({ content: [{ type: 'text', text: `called ${name}` }] }),
}

function json(outgoing: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  outgoing.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}
const refuse = (outgoing: ServerResponse, status: number, message: string): true => {
  outgoing.writeHead(status, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32001, message } }))
  return true
}
const count = (method: string): number => seen.filter((name) => name === method).length

describe('a lost session', () => {
  it.each([
    [404, 'Session not found'],
    [400, 'Bad Request: No valid session ID provided'],
  ])('is opened anew after %d, and each call is repeated once', async (status, words) => {
    odd = ({ session, outgoing }) => session !== undefined && !sessions.has(session) && refuse(outgoing, status, words)
    expect(await textOf(pool, 'a')).toBe('called a')
    sessions.clear()
    const texts = await Promise.all(['b', 'c', 'd'].map(async (tool) => await textOf(pool, tool)))
    expect(texts).toEqual(['called b', 'called c', 'called d'])
    expect(count('initialize')).toBe(2)
    expect(count('tools/call')).toBe(7)
    sessions.clear()
    expect(await listAll(pool.member('srv').connection, 'tools')).toHaveLength(1)
    expect(pool.member('srv').connection.state()).toMatchObject({ phase: 'ready', restarts: 0 })
  })

  it('serves the sessions of codex on, and tells them that lists may have changed', async () => {
    odd = ({ session, outgoing }) => session !== undefined && !sessions.has(session) && refuse(outgoing, 404, 'no')
    gateway = await startGateway(pool)
    const { client, notifications } = await gateway.connect('srv')
    sessions.clear()
    expect(await client.callTool({ name: 'a', arguments: {} })).toMatchObject({ content: [{ text: 'called a' }] })
    expect((await client.listTools()).tools).toHaveLength(1)
    expect(notifications.map(({ method }) => method)).toEqual(['notifications/tools/list_changed'])
  })

  it('that is lost at once again is an error, not a loop', async () => {
    odd = ({ method, outgoing }) => method === 'tools/call' && refuse(outgoing, 404, 'Session not found')
    const result = await pool.member('srv').callTool({ name: 'a', arguments: {} })
    expect(result).toMatchObject({ isError: true })
    expect(JSON.stringify(result)).toContain(
      "MCP server 'srv' ended before it answered (it does not keep its sessions)",
    )
    expect(count('tools/call')).toBe(2)
  })

  it('is none where the server has no sessions: nothing is sent twice', async () => {
    odd = ({ id, method, outgoing, result }) => {
      if (method === 'initialize') json(outgoing, { jsonrpc: '2.0', id, result })
      return method === 'initialize' || (method === 'tools/call' && refuse(outgoing, 404, 'no such tool'))
    }
    await expect(pool.member('srv').callTool({ name: 'a', arguments: {} })).rejects.toThrow('no such tool')
    expect(count('tools/call')).toBe(1)
  })

  it('is not what a 400 for another reason means', async () => {
    odd = ({ method, outgoing }) => method === 'tools/call' && refuse(outgoing, 400, 'bad arguments')
    await expect(pool.member('srv').callTool({ name: 'a', arguments: {} })).rejects.toThrow('bad arguments')
    expect(count('tools/call')).toBe(1)
  })
})

describe('an answer over HTTP', () => {
  const answer = (write: (asked: Asked) => void): void => {
    odd = (asked) => {
      if (asked.method === 'tools/call') write(asked)
      return asked.method === 'tools/call'
    }
  }
  const events = (outgoing: ServerResponse): ServerResponse =>
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' })

  it.each<[name: string, write: (asked: Asked) => void]>([
    ['without jsonrpc, and with a null', ({ id, outgoing, result }) => json(outgoing, { id, result, error: null })],
    ['in a batch', ({ id, outgoing, result }) => json(outgoing, [{ jsonrpc: '2.0', id, result }])],
    [
      'without a content type',
      ({ id, outgoing, result }) => void outgoing.writeHead(200).end(JSON.stringify({ jsonrpc: '2.0', id, result })),
    ],
    [
      'as events without jsonrpc, in two lines, among others',
      ({ id, outgoing, result }) => {
        const [first, second] = JSON.stringify({ id, result }, null, 1).split(/\n(?= "result")/)
        const data = `${first}\n${second}`.replace(/^/gm, 'data: ')
        events(outgoing).end(`: hello\r\n\r\nevent: message\r\ndata: {"x"\r\n\r\n${data}\n\n`)
      },
    ],
    [
      'as an event whose parts end anywhere',
      async ({ id, outgoing, result }) => {
        events(outgoing)
        for (const byte of Buffer.from(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\r\n\r\n`)) {
          outgoing.write(Buffer.of(byte))
          await new Promise((resolve) => setImmediate(resolve))
        }
        outgoing.end()
      },
    ],
    [
      'as an event with lone carriage returns',
      ({ id, outgoing, result }) => {
        events(outgoing).write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\r\r`)
      },
    ],
  ])('is read: %s', async (_, write) => {
    answer(write)
    expect(await textOf(pool, 'good')).toBe('called good')
  })

  it.each<[name: string, write: (asked: Asked) => void, words: string]>([
    [
      'events that end',
      ({ outgoing }) => void events(outgoing).end(': bye\n\n'),
      'event stream ended without an answer',
    ],
    [
      'events with the answer to something else',
      ({ outgoing, result }) => void events(outgoing).end(`data: ${JSON.stringify({ id: 99, result })}\n\n`),
      'event stream ended without an answer',
    ],
    ['a wrong id', ({ outgoing, result }) => json(outgoing, { jsonrpc: '2.0', id: 99, result }), 'the id 99'],
    [
      'no JSON',
      ({ outgoing }) => void outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{'),
      'not JSON',
    ],
    ['an empty object', ({ outgoing }) => json(outgoing, {}), 'not as the protocol asks'],
    ['neither result nor error', ({ id, outgoing }) => json(outgoing, { jsonrpc: '2.0', id }), 'neither a result nor'],
    [
      'a page',
      ({ outgoing }) => void outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'Unexpected content type: text/html',
    ],
  ])('that is none ends the call: %s', async (_, write, words) => {
    answer(write)
    await expect(pool.member('srv').callTool({ name: 'good', arguments: {} })).rejects.toThrow(words)
  })
})
