import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Pool } from '../../src/mcp/server-pool.js'
import { type GatewayLab, startGateway } from './gateway-lab.js'
import { fixture, makePlace, type Place, poolOf, until } from './place.js'

let place: Place
let pool: Pool
let gateway: GatewayLab

beforeEach(async () => {
  place = makePlace()
  pool = poolOf(place, {
    srv: fixture('--log', join(place.root, 'asked')),
    'my.other': fixture(),
    broken: { command: 'no-such' },
  })
  gateway = await startGateway(pool)
})
afterEach(async () => {
  await gateway.close()
  await pool.close()
  place.remove()
})

const asked = (): string => readFileSync(join(place.root, 'asked'), 'utf8')
const textOf = (result: object): string => (result as { content: Array<{ text: string }> }).content[0]?.text ?? ''

describe('the gateway', () => {
  it('shows a server as it is: its name, abilities, instructions, tools, prompts and resources', async () => {
    const { client } = await gateway.connect('srv')
    expect(client.getServerVersion()).toEqual({ name: 'fixture', version: '1' })
    expect(client.getInstructions()).toBe('A server for tests.')
    expect(client.getServerCapabilities()).toEqual({
      tools: { listChanged: true },
      prompts: {},
      resources: {},
      logging: {},
    })
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('save.it')
    expect((await client.listPrompts()).prompts).toHaveLength(3)
    expect((await client.readResource({ uri: 'doc://one' })).contents).toEqual([
      { uri: 'doc://one', text: 'RESOURCE doc://one' },
    ])
    expect(await client.getPrompt({ name: 'greet', arguments: { who: 'bob' } })).toMatchObject({
      messages: [{ content: { text: 'PROMPT greet {"who":"bob"}' } }],
    })
    await client.setLoggingLevel('debug')
    expect(asked()).toContain('"logging/setLevel"')
  })

  it('serves any number of sessions from one server, and one that was started before', async () => {
    const sessions = await Promise.all([gateway.connect('srv'), gateway.connect('srv')])
    const pids = await Promise.all(
      sessions.map(async ({ client }) => textOf(await client.callTool({ name: 'pid', arguments: {} }))),
    )
    expect(new Set(pids).size).toBe(1)
    expect(asked().match(/"initialize"/g)).toHaveLength(1)
  })

  it('passes progress on, by the number the client gave', async () => {
    const { client } = await gateway.connect('srv')
    const seen: number[] = []
    const call = { name: 'slow', arguments: { ms: 100, steps: 4 } }
    await client.callTool(call, undefined, { onprogress: ({ progress }) => void seen.push(progress) })
    expect(seen).toEqual([1, 2, 3, 4])
  })

  it('passes a cancellation on', async () => {
    const { client } = await gateway.connect('srv')
    const abort = new AbortController()
    const call = client.callTool({ name: 'slow', arguments: { ms: 5000 } }, undefined, { signal: abort.signal })
    await until(() => asked().includes('"slow"'))
    abort.abort('changed my mind')
    await expect(call).rejects.toThrow()
    await until(() => asked().includes('notifications/cancelled'))
  })

  it('passes log lines and changes of lists on', async () => {
    const { client, notifications } = await gateway.connect('srv')
    await client.callTool({ name: 'flood', arguments: { count: 3 } })
    await client.callTool({ name: 'grow', arguments: {} })
    await until(() => notifications.some(({ method }) => method === 'notifications/tools/list_changed'))
    expect(notifications.filter(({ method }) => method === 'notifications/message')).toHaveLength(3)
    expect((await client.listTools()).tools.at(-1)?.name).toBe('extra')
  })

  it('puts a server’s question to the client, and answers for the working directory itself', async () => {
    const { client } = await gateway.connect('srv')
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      expect(params).toMatchObject({ message: 'Your name?' })
      return { action: 'accept', content: { name: 'Ada' } }
    })
    expect(textOf(await client.callTool({ name: 'ask', arguments: {} }))).toBe(
      '{"action":"accept","content":{"name":"Ada"}}',
    )
    expect(textOf(await client.callTool({ name: 'roots', arguments: {} }))).toContain(`"uri":"file://${place.project}"`)
    // codex 0.169 takes no sampling, and so none is offered to the server.
    expect(asked()).not.toContain('"sampling"')
    expect(textOf(await client.callTool({ name: 'sample', arguments: {} }))).toContain('does not answer sampling')
  })

  it('passes sampling on to a client that takes it', async () => {
    const { client } = await gateway.connect('srv', { sampling: {} })
    client.setRequestHandler(CreateMessageRequestSchema, async () => ({
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: 'sampled' },
    }))
    expect(textOf(await client.callTool({ name: 'sample', arguments: {} }))).toContain('sampled')
    expect(textOf(await client.callTool({ name: 'ask', arguments: {} }))).toBe('{"action":"decline"}')
  })

  it('gives the server codex’s own name of a call as Claude Code’s, too', async () => {
    const { client } = await gateway.connect('srv')
    await client.callTool({ name: 'echo', arguments: { text: 'x' }, _meta: { callId: 'call_7' } })
    expect(asked()).toContain('"claudecode/toolUseId":"call_7"')
  })

  it('keeps a server usable for the same session when it dies', async () => {
    const { client, notifications } = await gateway.connect('srv')
    expect(await client.callTool({ name: 'die', arguments: {} })).toMatchObject({ isError: true })
    expect(textOf(await client.callTool({ name: 'echo', arguments: { text: 'again' } }))).toBe('echo:again')
    await until(() => notifications.some(({ method }) => method === 'notifications/tools/list_changed'))
  })

  it('shows no denied tool and runs none', async () => {
    place.write('project/.claude/settings.json', { permissions: { deny: ['mcp__srv__save_it', 'mcp__srv__env'] } })
    const strict = poolOf(place, { srv: fixture() })
    const other = await startGateway(strict)
    const { client } = await other.connect('srv')
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names).toContain('echo')
    expect(names.filter((name) => name === 'save.it' || name === 'env')).toEqual([])
    const answer = await client.callTool({ name: 'save.it', arguments: {} })
    expect(answer).toMatchObject({ isError: true })
    expect(textOf(answer)).toContain('is denied by permissions.deny')
    await other.close()
    await strict.close()
  })

  it('says why a server is not there', async () => {
    await expect(gateway.connect('broken')).rejects.toThrow("there is no program 'no-such'")
    await expect(gateway.connect('nobody')).rejects.toThrow("no MCP server 'nobody' is running")
    await expect(gateway.connect('my_other')).resolves.toBeDefined()
  })

  it.each([
    ['no JSON', {}, '{', 400, 'Parse error'],
    ['a call before the handshake', {}, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', 400, 'initialize'],
    [
      'a session it does not know',
      { 'mcp-session-id': 'x' },
      '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      404,
      'Session not found',
    ],
  ])('refuses %s', async (_, headers, body, status, words) => {
    const response = await fetch(gateway.url('srv'), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(words)
  })
})
