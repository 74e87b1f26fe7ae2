import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { CodexPlusError, formatError } from '../../errors.js'
import { isObject } from '../../json.js'
import { silentLog } from '../../log/log.js'
import type { FoundServers } from '../../mcp/choose-servers.js'
import { resultText } from '../../mcp/content-text.js'
import { type Listed, listAll } from '../../mcp/list-all.js'
import { openLoginStore } from '../../mcp/oauth/login-store.js'
import type { ServerTransport } from '../../mcp/server-entry-schema.js'
import type { Pool, PoolServer } from '../../mcp/server-pool.js'
import { noticeLine } from '../../run/notices.js'
import { remoteFetch } from '../../run/remote-fetch.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn, printableLine, printableOn } from '../../terminal/printable.js'
import { type OpenedMcp, openMcp } from '../folder-mcp.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** One server as `plus mcp list --json` shows it. */
interface ServerRow {
  readonly name: string
  /** Its name in codex and in permission rules. */
  readonly id: string
  readonly scope: string
  readonly source: string
  readonly state: string
  readonly reason: string | null
  readonly startedInMs: number | null
  readonly tools: readonly string[]
  readonly prompts: readonly string[]
  readonly resources: readonly string[]
}

interface CommonOptions {
  readonly trust?: boolean
  readonly json?: boolean
}

/** `codex-plus plus mcp list|tools|call|login|logout`. */
export async function runMcp(invocation: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  let code = 0
  const say = (line: string): void => void process.stderr.write(noticeLine(line))
  /** Opens the servers; `list` shows what they do wrong itself. */
  const withServers = async (
    options: CommonOptions,
    act: (opened: OpenedMcp) => Promise<void>,
    warn: (line: string) => void = say,
  ): Promise<void> => {
    const opened = await openMcp(invocation, context, options.trust === true, warn)
    try {
      await act(opened)
    } finally {
      await opened.close()
    }
  }
  const program = new Command('codex-plus plus mcp').description('the MCP servers of .mcp.json and ~/.claude.json')
  const trust = ['--trust', 'treat this folder as trusted, for this run only'] as const
  program
    .command('list')
    .description('list every server with its state, its tools, where it is configured, and how long it took to start')
    .option('--json', 'print one JSON object')
    .option(...trust)
    .action(async (options: CommonOptions) => {
      const list = async (opened: OpenedMcp): Promise<void> => {
        const servers = await listServers(opened)
        const problems = [...opened.problems, ...opened.pool.faults]
        if (options.json) print(jsonOn(process.stdout, { servers, problems }, 2))
        else for (const line of listLines(servers, problems)) print(printableLine(line))
        if (servers.some(({ state }) => state === 'failed')) code = 1
      }
      await withServers(options, list, () => {})
    })
  program
    .command('tools <server>')
    .description('list the tools of a server')
    .option('--json', 'print the tools as the server describes them')
    .option(...trust)
    .action(async (name: string, options: CommonOptions) => {
      await withServers(options, async ({ pool }) => {
        const tools = await listAll(pool.member(name).connection, 'tools')
        if (options.json) print(jsonOn(process.stdout, tools, 2))
        else for (const { name: tool, description } of tools) print(printableLine(toolLine(tool, description)))
      })
    })
  program
    .command('call <server> <tool> [input]')
    .description("call a tool; INPUT is its arguments as a JSON object (default: '{}')")
    .option('--json', 'print the whole result')
    .option(...trust)
    .action(async (name: string, tool: string, input: string | undefined, options: CommonOptions) => {
      const given = parseInput(input)
      await withServers(options, async ({ pool }) => {
        const result = await pool.member(name).callTool({ name: tool, arguments: given })
        print(options.json ? jsonOn(process.stdout, result, 2) : printableOn(process.stdout, resultText(result)))
        if (result.isError === true) code = 1
      })
    })
  program
    .command('login <server>')
    .description('log in to a remote server in your browser (OAuth); the login is stored for later runs')
    .option(...trust)
    .action(async (name: string, options: CommonOptions) => {
      await withServers(options, async ({ pool }) => {
        const { connection, transport } = remoteMember(pool, name)
        const { logIn } = await import('../../mcp/oauth/oauth-login.js')
        await logIn({
          name,
          url: transport.url,
          settings: transport.oauth,
          env: context.env,
          say: (line) => print(printableLine(line)),
          ...remoteFetch(context.env, silentLog),
        })
        const tools = await listAll(connection, 'tools')
        print(`You are logged in to '${name}': ${tools.length} tools.`)
      })
    })
  program
    .command('logout <server>')
    .description('remove the stored login to a remote server')
    .option(...trust)
    .action(async (name: string, options: CommonOptions) => {
      await withServers(options, async ({ pool }) => {
        const removed = openLoginStore(remoteMember(pool, name).transport.url, context.env).remove()
        print(removed ? `The login to '${name}' was removed.` : `There was no login to '${name}'.`)
      })
    })
  await runProgram(program, invocation.ownCommand?.slice(2) ?? [])
  return { code, signal: null }
}

/** Returns a remote server. Throws CP_USAGE for a local program: there is no login to it. */
function remoteMember(
  pool: Pool,
  name: string,
): PoolServer & { transport: Extract<ServerTransport, { kind: 'http' | 'sse' }> } {
  const member = pool.member(name)
  const { transport } = member
  if (transport.kind !== 'stdio') return { ...member, transport }
  throw new CodexPlusError('CP_USAGE', `MCP server '${name}' is a local program: there is no login to it.`)
}

/** Returns every server with its state; starts those that may run. */
export async function listServers({ found, pool }: OpenedMcp): Promise<ServerRow[]> {
  return await Promise.all(found.servers.map((server) => rowOf(server, pool.members.get(server.id))))
}

async function rowOf(server: FoundServers['servers'][number], member: PoolServer | undefined): Promise<ServerRow> {
  const { name, id, scope, kept, reason } = server
  const base = { name, id, scope, source: `${server.file}:${server.line()}` }
  const nothing = { startedInMs: null, tools: [], prompts: [], resources: [] }
  if (kept !== null || member === undefined) {
    return { ...base, ...nothing, state: kept ?? 'bad', reason: reason ?? 'its entry is not valid' }
  }
  const { connection } = member
  try {
    await connection.ready()
    // A list that fails costs itself alone.
    const list = async (kind: 'tools' | 'prompts' | 'resources'): Promise<Listed[]> =>
      await listAll(connection, kind).catch((error: unknown) => {
        connection.warn(`MCP server '${name}': its ${kind} could not be listed: ${formatError(error)}`)
        return []
      })
    const [tools, prompts, resources] = await Promise.all([list('tools'), list('prompts'), list('resources')])
    return {
      ...base,
      state: 'ready',
      reason: null,
      startedInMs: connection.state().startedInMs,
      tools: tools.map((tool) => tool.name),
      prompts: prompts.map((prompt) => prompt.name),
      resources: resources.map(({ uri }) => String(uri)),
    }
  } catch (error) {
    const login = error instanceof CodexPlusError && error.code === 'CP_MCP_LOGIN'
    return { ...base, ...nothing, state: login ? 'login' : 'failed', reason: formatError(error) }
  }
}

/** Whether the list shows a server. Invalid entries are reported as problems, hidden ones not at all. */
export function hasRow({ state }: ServerRow): boolean {
  return state !== 'bad' && state !== 'hidden'
}

function listLines(servers: readonly ServerRow[], problems: readonly string[]): string[] {
  if (servers.length === 0) return ['No MCP servers are configured here. Add them to .mcp.json.', ...problems]
  const shown = servers.filter(hasRow)
  const width = Math.max(...shown.map(({ name }) => name.length))
  const rows = shown.map(({ name, state, startedInMs, tools, source, reason }) => {
    const what = state === 'ready' ? `${tools.length} tools, started in ${startedInMs} ms: ${tools.join(', ')}` : reason
    return `${name.padEnd(width)}  ${state.padEnd(9)}  ${what} (${source})`
  })
  return [...rows, ...problems]
}

function toolLine(name: string, description: unknown): string {
  const [first = ''] = typeof description === 'string' ? description.split('\n') : []
  return first === '' ? name : `${name}  ${first}`
}

function parseInput(input: string | undefined): Record<string, unknown> {
  if (input === undefined) return {}
  try {
    const value: unknown = JSON.parse(input)
    if (isObject(value)) return value
  } catch {
    // Reported below.
  }
  throw new CodexPlusError('CP_USAGE', `plus mcp call: ${input} is not a JSON object.`, {
    hint: `Give the arguments of the tool as a JSON object, such as '{"name": "value"}'.`,
  })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
