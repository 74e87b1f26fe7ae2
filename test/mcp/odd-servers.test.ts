import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import { openLazyPrompts } from '../../src/mcp/lazy-prompts.js'
import { listAll } from '../../src/mcp/list-all.js'
import { openServers } from '../../src/mcp/open-servers.js'
import { createPromptServer } from '../../src/mcp/prompt-server.js'
import type { Pool } from '../../src/mcp/server-pool.js'
import { readTimeouts } from '../../src/mcp/timeouts.js'
import { type Connected, type GatewayLab, startGateway } from './gateway-lab.js'
import { makePlace, odd, type Place, poolOf, textOf, until } from './place.js'

let place: Place
let pool: Pool
let gateway: GatewayLab | null = null
beforeEach(() => {
  place = makePlace()
})
afterEach(async () => {
  await gateway?.close()
  gateway = null
  await pool.close()
  place.remove()
})

function open(name: string, env: NodeJS.ProcessEnv = {}): void {
  pool = poolOf(place, { srv: odd(name) }, { env })
}
async function connect(name: string): Promise<Connected> {
  open(name)
  gateway = await startGateway(pool)
  return await gateway.connect('srv')
}
const names = (items: ReadonlyArray<{ name: string }>): string[] => items.map(({ name }) => name)
const call = async (tool: string): Promise<Record<string, unknown>> =>
  await pool.member('srv').callTool({ name: tool, arguments: {} })

describe('a list with wrong entries', () => {
  it('costs these alone in the gateway, and each is named once', async () => {
    const { client } = await connect('items')
    const { tools } = await client.listTools()
    expect(names(tools)).toEqual(['good', 'empty'])
    expect(tools[0]).toEqual({ name: 'good', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } })
    expect(tools[1]?.inputSchema).toEqual({ type: 'object' })
    expect(names((await client.listPrompts()).prompts)).toEqual(['good'])
    expect(names((await client.listResources()).resources)).toEqual(['good'])
    expect(names((await client.listResourceTemplates()).resourceTemplates)).toEqual(['good'])
    await client.listTools()
    expect(pool.faults).toEqual([
      `MCP server 'srv': the tool 'null-schema' is ignored: it has no "inputSchema".`,
      `MCP server 'srv': the tool 'no-schema' is ignored: it has no "inputSchema".`,
      `MCP server 'srv': the tool 'hint' is ignored: "annotations.readOnlyHint" is not true or false.`,
      `MCP server 'srv': the tool 'typed' is ignored: "inputSchema.type" is not "object".`,
      `MCP server 'srv': the tool 'required' is ignored: "inputSchema.required" is not a list of strings.`,
      `MCP server 'srv': the tool 'out' is ignored: "outputSchema" is not an object.`,
      `MCP server 'srv': the tool number 8 is ignored: it has no "name".`,
      `MCP server 'srv': the tool number 9 is ignored: it is not an object.`,
      `MCP server 'srv': the tool number 10 is ignored: it is not an object.`,
      `MCP server 'srv': the prompt 'list' is ignored: "arguments" is not a list.`,
      `MCP server 'srv': the prompt 'arg' is ignored: argument 2: it has no "name".`,
      `MCP server 'srv': the prompt number 4 is ignored: it has no "name".`,
      `MCP server 'srv': the resource 'doc://nameless' is ignored: it has no "name".`,
      `MCP server 'srv': the resource number 3 is ignored: "uri" is not a string.`,
      `MCP server 'srv': the resource number 4 is ignored: it is not an object.`,
      `MCP server 'srv': the resource template number 2 is ignored: it has no "uriTemplate".`,
    ])
  })

  it('costs these alone for slash commands', async () => {
    open('items')
    const member = pool.member('srv')
    const prompts = createPromptServer(member.server, place.env, async () => member)
    expect(await prompts.prompts()).toEqual([{ name: 'good', description: '', args: [] }])
    expect(pool.faults.filter((line) => line.includes('prompt'))).toHaveLength(3)
  })

  it('is empty where there is no list, and says so', async () => {
    const { client } = await connect('no-lists')
    expect((await client.listTools()).tools).toEqual([])
    expect((await client.listPrompts()).prompts).toEqual([])
    expect((await client.listResources()).resources).toEqual([])
    expect(pool.faults).toHaveLength(3)
    expect(pool.faults[0]).toBe(
      `MCP server 'srv' answered tools/list without a list "tools"; none of its tools are used.`,
    )
  })

  it('has each name once', async () => {
    const { client } = await connect('twice')
    expect((await client.listTools()).tools).toMatchObject([{ name: 'a', description: 'first' }, { name: 'b' }])
    expect(names((await client.listPrompts()).prompts)).toEqual(['p'])
    expect(pool.faults).toEqual([
      "MCP server 'srv' has more than one tool 'a'; the first is used.",
      "MCP server 'srv' has more than one prompt 'p'; the first is used.",
    ])
  })
})

describe('a list in pages', () => {
  it.each([
    ['same-cursor', ['good'], 'the server gave the cursor "again" again'],
    ['two-cursors', ['start', 'a', 'b'], 'the server gave the cursor "a" again'],
    ['broken-page', ['good'], 'page 2 failed (MCP error -32603: no such page)'],
  ])('%s ends with a warning', async (name, expected, why) => {
    const { client } = await connect(name)
    const { tools, nextCursor } = await client.listTools()
    expect(names(tools)).toEqual(expected)
    expect(nextCursor).toBeUndefined()
    expect(pool.faults).toEqual([`MCP server 'srv': its list of tools is used as far as it was read: ${why}.`])
    expect(names(await listAll(pool.member('srv').connection, 'tools'))).toEqual(expected)
  })

  it('that never ends is cut, with a warning', async () => {
    const { client } = await connect('endless')
    expect((await client.listTools()).tools).toHaveLength(100)
    expect(pool.faults).toEqual([
      "MCP server 'srv': its list of tools is used as far as it was read: it did not end after 100 pages.",
    ])
  })

  it.each([
    ['null-cursor', ['one', 'two']],
    ['empty-cursor', ['good']],
  ])('%s is an end', async (name, expected) => {
    const { client } = await connect(name)
    expect(names((await client.listTools()).tools)).toEqual(expected)
    expect(pool.faults).toEqual([])
  })
})

describe('a result', () => {
  it('without its required fields is an error with their name, and a wrong part costs itself', async () => {
    open('parts')
    expect(await call('parts')).toEqual({
      content: [
        { type: 'text', text: 'plain' },
        { type: 'text', text: 'good' },
        { type: 'text', text: '{"type":"text"}' },
        { type: 'text', text: '{"type":"video","x":1}' },
        { type: 'text', text: 'null' },
      ],
    })
    expect(await call('structured')).toEqual({ content: [], structuredContent: { a: 1 } })
    expect(await call('list')).toEqual({ content: [{ type: 'text', text: '[1,2]' }] })
    for (const tool of ['nothing', 'text']) {
      await expect(call(tool)).rejects.toThrow(`MCP server 'srv' answered tools/call without "content".`)
    }
    const member = pool.member('srv')
    const prompts = createPromptServer(member.server, place.env, async () => member)
    expect(await prompts.getPrompt('text', {})).toEqual([
      { role: 'user', content: { type: 'text', text: 'the prompt' } },
    ])
    await expect(prompts.getPrompt('none', {})).rejects.toThrow('answered prompts/get without "messages"')
    await expect(prompts.readResource('doc://good')).rejects.toThrow('answered resources/read without "contents"')
  })

  it('without its required fields reaches codex as a tool’s error', async () => {
    const { client } = await connect('parts')
    const result = await client.callTool({ name: 'nothing', arguments: {} })
    expect(result.isError).toBe(true)
    expect(JSON.stringify(result.content)).toContain('without \\"content\\"')
  })

  it('of the handshake that is not valid is named in one sentence', async () => {
    open('no-name')
    await expect(pool.member('srv').connection.ready()).rejects.toThrow(
      /^MCP server 'srv' did not start: its answer is not as the protocol asks \(serverInfo: .*\)\.$/,
    )
  })
})

describe('an answer', () => {
  it('with a wrong id ends the call with an error', async () => {
    open('wrong-id')
    await expect(call('good')).rejects.toThrow(
      "MCP server 'srv' sent an answer with the id 4711, which belongs to no request, instead of the answer.",
    )
    expect(pool.faults).toEqual([
      "MCP server 'srv' sent an answer with the id 4711, which belongs to no request; it is ignored.",
    ])
  })

  it('with an id of the past ends the call, and with one of nobody the start', async () => {
    open('fixed-id')
    await expect(call('good')).rejects.toThrow('sent an answer with the id 0')
    await pool.close()
    open('wrong-id-start')
    await expect(pool.member('srv').connection.ready()).rejects.toThrow(
      `MCP server 'srv' did not start: it sent an answer with the id "nobody", which belongs to no request`,
    )
  })

  it.each(['text-id', 'twofold', 'bare-messages', 'text-in-front', 'text-around', 'batch', 'answers-notifications'])(
    'is read: %s',
    async (name) => {
      open(name)
      expect(await textOf(pool, 'good')).toBe('called good')
      expect(names(await listAll(pool.member('srv').connection, 'tools'))).toEqual(['good'])
    },
  )

  it.each([
    ['no-result', 'has neither a result nor an error'],
    ['text-error', 'it broke'],
  ])('that is none ends the call: %s', async (name, words) => {
    open(name)
    await expect(call('good')).rejects.toThrow(words)
  })
})

describe('changes of lists', () => {
  it('that come in a flood are told a few times', async () => {
    const { client, notifications } = await connect('flood')
    await client.callTool({ name: 'good', arguments: {} })
    const told = (): number => notifications.filter(({ method }) => method.endsWith('tools/list_changed')).length
    await until(() => told() >= 2)
    expect(told()).toBeLessThan(10)
  })

  it('that come with every list do not lead to lists without end', async () => {
    const found = place
    poolOf(found, { srv: odd('restless') })
    const { servers, trusted } = found.find()
    const opened = openServers({
      ...{
        servers,
        trusted,
        limits: readTimeouts({}),
        version: '0',
        cwd: place.project,
        env: place.env,
        sessionId: 's',
      },
      ...{ outputFolder: place.root, log: silentLog, dialect: 'auto', interactive: true },
    })
    pool = opened.pool
    await pool.member('srv').connection.ready()
    const begun = performance.now()
    const lists = async (): Promise<number> =>
      (JSON.parse(await opened.callTool('srv', 'asked', {})) as Record<string, number>)['prompts/list'] ?? 0
    while ((await lists()) < 4) await new Promise((resolve) => setTimeout(resolve, 50))
    // At once, then after pauses of 250, 500 and 1000 ms.
    expect(performance.now() - begun).toBeGreaterThan(1500)
  })
})

it('a server whose prompts fail still has its tools, and the other way round', async () => {
  open('no-prompts')
  const { connection } = pool.member('srv')
  expect(names(await listAll(connection, 'tools'))).toEqual(['good'])
  await expect(listAll(connection, 'prompts')).rejects.toThrow('no prompts today')
})

it('prompts of a subcommand are the good ones', async () => {
  open('items')
  const prompts = openLazyPrompts({ cwd: place.project, env: place.env, dialect: 'auto', pool: async () => pool })
  await prompts.load()
  expect(prompts.extension.rows().map(({ name }) => name)).toEqual(['mcp__srv__good'])
})
