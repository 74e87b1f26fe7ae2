import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCommandEngine } from '../../src/commands/command-engine.js'
import { renderMessage } from '../../src/commands/render-message.js'
import { silentLog } from '../../src/log/log.js'
import { findServers } from '../../src/mcp/choose-servers.js'
import { mcpCommands } from '../../src/mcp/prompt-commands.js'
import { createPromptServer } from '../../src/mcp/prompt-server.js'
import { serverAccess } from '../../src/mcp/server-access.js'
import { createPool, type Pool } from '../../src/mcp/server-pool.js'
import { readTimeouts } from '../../src/mcp/timeouts.js'
import { type OracleCase, stage } from '../commands/oracle/case.js'
import { type RemoteServer, startRemote } from './oracle/remote.js'

/** A recorded case with MCP servers. */
interface McpCase extends Pick<OracleCase, 'id' | 'git' | 'cwd' | 'files' | 'settings' | 'setup' | 'env' | 'prompt'> {
  readonly cliArgs?: string[]
  readonly script?: Array<{ tools?: Array<{ name: string; input: { text: string } }> }>
  readonly expect: {
    readonly result?: Array<{ result: string }>
    readonly messages: Array<Array<{ role: string; content: Array<string | Record<string, unknown>> }>>
    readonly created?: Record<string, string>
    readonly init?: {
      readonly slash_commands?: { added?: string[] }
      readonly mcp_servers?: Array<{ name: string; status: string }>
    }
  }
}

const folder = new URL('oracle/cases/', import.meta.url).pathname
const cases = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as McpCase)

/** Cases that are not matched, each with its reason. */
const LEFT: Readonly<Record<string, string>> = {
  '011-strict-mcp-config': "--strict-mcp-config is a flag of Claude Code's own command line",
  '012-mcp-config-plus-project': "--mcp-config is a flag of Claude Code's own command line",
}

let remote: RemoteServer
beforeAll(async () => {
  remote = await startRemote()
})
afterAll(() => remote.close())

/** A case, set up and with its servers connected. */
interface Running {
  readonly pool: Pool
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly rules: { allow: string[]; deny: string[]; ask: string[] }
  /** The servers that run, and how that went: the names of Claude Code. */
  readonly statuses: Array<{ name: string; status: string }>
  fill(text: string): string
  read(path: string): string
}

async function within(oracle: McpCase, act: (running: Running) => Promise<void>): Promise<void> {
  const place = stage(JSON.parse(JSON.stringify(oracle).replaceAll('{{MOCKPORT}}', String(remote.port))) as McpCase)
  const base = { PATH: process.env.PATH, HOME: place.home, ANTHROPIC_API_KEY: 'dummy', ORACLE_ROOT: place.root }
  const env: NodeJS.ProcessEnv = { ...base, ...oracle.env }
  const at = oracle.cliArgs?.indexOf('--allowedTools') ?? -1
  const rules = { allow: at === -1 ? [] : [oracle.cliArgs?.[at + 1] ?? ''], deny: [], ask: [] }
  // Claude Code's `-p`, which was recorded, does not ask for trust.
  const { servers, trusted } = findServers({ cwd: place.cwd, env, assumeTrust: true })
  const pool = createPool({
    servers,
    trusted,
    limits: readTimeouts(env),
    version: '0',
    cwd: place.cwd,
    env,
    sessionId: '{{SESSION_ID}}',
    outputFolder: join(place.root, 'out', 'kept'),
    log: silentLog,
  })
  try {
    const statuses = await Promise.all(
      [...pool.members.values()].map(async ({ server: { name }, connection }) => {
        // A call waits for a server that was still starting when the session began.
        const recorded = oracle.expect.init?.mcp_servers?.find((server) => server.name === name)?.status
        if (recorded === 'pending') return { name, status: recorded }
        const status = await connection.ready().then(
          () => 'connected',
          () => 'failed',
        )
        return { name, status }
      }),
    )
    await act({
      pool,
      cwd: place.cwd,
      env,
      rules,
      statuses,
      fill: place.fill,
      read: (path) => (existsSync(join(place.root, path)) ? readFileSync(join(place.root, path), 'utf8') : ''),
    })
  } finally {
    await pool.close()
    place.remove()
  }
}

/** The first line of a server's log: how it was started. */
function startOf(log: string): { argv: string[]; cwd: string; env: Record<string, string> } | null {
  if (!log.startsWith('{"argv"')) return null
  const { argv, cwd, env } = JSON.parse(log.split('\n')[0] ?? '') as ReturnType<typeof startOf> & object
  // How the recording itself was started.
  const own = new Set(['CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC', 'CLAUDE_CODE_ENTRYPOINT'])
  return { argv, cwd, env: Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name))) }
}

async function checkPrompt(oracle: McpCase, { pool, cwd, env, statuses }: Running): Promise<void> {
  const servers = [...pool.members.values()].map((member) => createPromptServer(member.server, env, async () => member))
  const commands = mcpCommands({ servers, dialect: 'claude', interactive: false })
  const pending = statuses.some(({ status }) => status === 'pending')
  if (!pending) await Promise.all(servers.map((server) => server.prompts().catch(() => [])))
  const added = oracle.expect.init?.slash_commands?.added?.filter((name) => name.startsWith('mcp__')) ?? []
  expect(commands.rows().map(({ name }) => name)).toEqual(expect.arrayContaining(added))
  expect(commands.rows()).toHaveLength(added.length)

  const expander = createCommandEngine({ cwd, env, dialect: 'claude', shellTimeoutMs: 1000, extensions: [commands] })
  const expansion = await expander.expand(oracle.prompt, { sessionId: 's', effort: null })
  const [first] = oracle.expect.messages
  if (first === undefined) {
    expect(['local', 'unknown']).toContain(expansion.outcome)
    return
  }
  const sent = first.find(({ role }) => role === 'user')?.content.filter((text) => !String(text).startsWith('{{STOCK'))
  const texts = renderMessage(expansion, 'claude').content.map(({ text }) => text)
  // A line end is put between the blocks of one message.
  expect(texts).toEqual(sent?.map((text) => String(text).replace(/(<\/command-(?:args|name)>)\n$/, '$1')))
}

async function checkCall(oracle: McpCase, { pool, rules, fill }: Running): Promise<void> {
  const [call] = oracle.script?.[0]?.tools ?? []
  if (call === undefined) return
  const [, server = '', tool = ''] = /^mcp__(.+?)__(.+)$/.exec(call.name) ?? []
  const wanted = (oracle.expect.messages[1]?.at(-1)?.content[0] as Record<string, unknown> | undefined)?.content
  const { allowed, allowedTools } = serverAccess(server, rules)
  if (typeof wanted === 'string' && wanted.startsWith('Claude requested permissions')) {
    expect({ allowed, allowedTools }).toEqual({ allowed: false, allowedTools: [] })
    return
  }
  expect(allowed || allowedTools.includes(tool)).toBe(true)
  const result = await pool.member(server).callTool({ name: tool, arguments: call.input })
  const [block] = result.content as Array<{ type: string; text?: string; data?: string; mimeType?: string }>
  if (typeof wanted === 'string') {
    // The sentence itself; the file path and the instruction to the model differ.
    expect(block?.text?.split(' Output has')[0]).toBe(fill(wanted).split(' Output has')[0])
    return
  }
  const [part] = wanted as Array<{ type: string; text?: string; source?: { data: string; media_type: string } }>
  if (part?.source) {
    expect(block).toMatchObject({ data: part.source.data, mimeType: part.source.media_type })
    const [, saved] = result.content as Array<{ text?: string }>
    const file = /^\[Image: source: (.+)\]$/.exec(saved?.text ?? '')?.[1] ?? ''
    expect(readFileSync(file).toString('base64')).toBe(part.source.data)
  }
  if (!part?.source) expect(block?.text).toBe(part?.text)
}

describe('recorded cases of Claude Code 2.1.332', () => {
  it.each(cases.filter(({ id }) => LEFT[id] === undefined).map((oracle) => [oracle.id, oracle] as const))(
    '%s',
    async (_, oracle) => {
      await within(oracle, async (running) => {
        const { statuses, read, fill } = running
        const wanted = oracle.expect.init?.mcp_servers ?? []
        expect(statuses).toEqual(expect.arrayContaining(wanted))
        expect(statuses).toHaveLength(wanted.length)
        await checkPrompt(oracle, running)
        await checkCall(oracle, running)
        for (const [path, log] of Object.entries(oracle.expect.created ?? {})) {
          const start = startOf(log)
          if (start !== null) expect(startOf(read(path))).toEqual(JSON.parse(fill(JSON.stringify(start))))
        }
        if (oracle.id === '045-headersHelper') {
          expect(remote.headers.at(-1)).toMatchObject({ 'x-dyn': 'dyn', 'x-static': 'over' })
          expect(read('out/hh.env')).toContain(`CLAUDE_CODE_MCP_SERVER_URL=http://127.0.0.1:${remote.port}/mcp`)
        }
      })
    },
  )

  it('leaves no more than one of twenty, each by name and with a reason', () => {
    expect(Object.keys(LEFT).every((id) => cases.some((oracle) => oracle.id === id))).toBe(true)
    expect((cases.length - Object.keys(LEFT).length) / cases.length).toBeGreaterThan(0.94)
  })
})
