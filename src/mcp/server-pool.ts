import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { FoundServer } from './choose-servers.js'
import { normalName } from './command-names.js'
import { concealer } from './conceal-secrets.js'
import { createConnection } from './connection.js'
import { isTimeout } from './connection-errors.js'
import type { CallOptions, Connection } from './connection-types.js'
import { limitOutput } from './limit-output.js'
import { saveImages } from './save-images.js'
import { namesTool } from './server-access.js'
import { type CheckedEntry, checkEntry, type ServerTransport } from './server-entry-schema.js'
import type { StdioTransport } from './stdio-transport.js'
import type { McpTimeouts } from './timeouts.js'
import { remoteTransport, type ServerLocation, stdioTransport } from './transports.js'

/** One server of the pool, with its connection. */
export interface PoolServer {
  readonly server: FoundServer
  readonly connection: Connection
  readonly transport: ServerTransport
  /** Calls a tool for the model: a denied, slow or oversized call returns a result instead of throwing. */
  callTool(params: ToolCall, options?: CallOptions): Promise<Result>
}

export interface ToolCall {
  readonly name: string
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly _meta?: Readonly<Record<string, unknown>>
}

/** The servers of a run, by the name codex uses for them. */
export interface Pool {
  readonly members: ReadonlyMap<string, PoolServer>
  /** One message for each entry that the schema rejects. */
  readonly problems: readonly string[]
  /** What the servers did wrong so far, one message each. */
  readonly faults: readonly string[]
  /** Returns the server of a name, as configured or in codex's spelling. Throws CP_MCP_UNKNOWN. */
  member(name: string): PoolServer
  close(): Promise<void>
}

export interface PoolOptions {
  readonly servers: readonly FoundServer[]
  readonly trusted: boolean
  readonly limits: McpTimeouts
  readonly version: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly sessionId: string
  readonly fetch?: FetchLike
  readonly outputFolder: string
  readonly log: Log
  /** Tells the user what a server does wrong; `Pool.faults` has it as well. */
  warn?(line: string): void
}

/** Creates the connections of all servers that run, without starting them. */
export function createPool(options: PoolOptions): Pool {
  const problems: string[] = []
  const faults: string[] = []
  const warn = (line: string): void => {
    faults.push(line)
    options.warn?.(line)
  }
  const members = new Map<string, PoolServer>()
  const closers: Array<() => Promise<void>> = []
  for (const server of options.servers) {
    if (server.kept !== null) continue
    const entry = checkEntry(server.value, options.env)
    if ('problem' in entry) {
      problems.push(`${server.file}:${server.line()}: MCP server '${server.name}' is ignored: ${entry.problem}.`)
      continue
    }
    const { member, close } = createMember(server, entry, { ...options, warn })
    members.set(server.id, member)
    closers.push(close)
  }
  return {
    members,
    problems,
    faults,
    member(name) {
      const member = members.get(normalName(name))
      if (member !== undefined) return member
      const known = options.servers.find((server) => server.name === name || server.id === name)
      const reason = known?.reason ?? 'no configuration file defines it'
      throw new CodexPlusError('CP_MCP_UNKNOWN', `MCP server '${name}' is not running: ${reason}.`, {
        hint: '`codex-plus plus mcp list` shows the servers.',
      })
    },
    close: async () => void (await Promise.all(closers.map((close) => close()))),
  }
}

function createMember(
  server: FoundServer,
  entry: CheckedEntry,
  options: PoolOptions & { warn(line: string): void },
): { member: PoolServer; close(): Promise<void> } {
  const { limits, log } = options
  const { name } = server
  const location: ServerLocation = options
  let launched: StdioTransport | null = null
  let last: StdioTransport | null = null
  const { transport } = entry
  const conceal = concealer(server.value, options.env)
  const connection = createConnection({
    name,
    cwd: options.cwd,
    version: options.version,
    startMs: limits.startMs,
    callMs: entry.timeoutMs ?? limits.callMs,
    conceal,
    log: (event, fields) => log.info(event, fields),
    warn: options.warn,
    async transport() {
      if (transport.kind !== 'stdio') {
        const trusted = options.trusted || server.scope === 'user'
        return await remoteTransport(transport, { name, location, trusted })
      }
      last = launched ?? stdioTransport(name, transport, location, conceal)
      launched = null
      return last
    },
    launch() {
      if (transport.kind !== 'stdio') return
      launched = stdioTransport(name, transport, location, conceal)
      launched.launch()
    },
    endReason: () => last?.ended() ?? null,
  })
  const callMs = entry.timeoutMs ?? limits.callMs
  const member: PoolServer = {
    server,
    connection,
    transport,
    async callTool(params, call = {}) {
      if (namesTool(server.access.deniedTools, params.name)) {
        return failed(`The tool ${params.name} of MCP server '${name}' is denied by permissions.deny.`)
      }
      try {
        const result = await connection.request({ method: 'tools/call', params: withToolUse(params) }, call)
        const limited = limitOutput(result, { server: server.id, tool: params.name, ...options })
        return saveImages(limited, server.id, options.outputFolder)
      } catch (error) {
        // Claude Code's own message.
        if (isTimeout(error)) {
          return failed(`MCP server "${name}" tool "${params.name}" timed out after ${Math.floor(callMs / 1000)}s`)
        }
        if (error instanceof CodexPlusError && error.code === 'CP_MCP_ENDED') return failed(error.message)
        throw error
      }
    },
  }
  const close = async (): Promise<void> => {
    await Promise.all([connection.close(), launched?.close()])
  }
  return { member, close }
}

/** Adds Claude Code's key for the id of the call to `_meta`; codex sends the id under another key. */
function withToolUse(params: ToolCall): Record<string, unknown> {
  const id = params._meta?.callId
  if (typeof id !== 'string') return { ...params }
  return { ...params, _meta: { 'claudecode/toolUseId': id, ...params._meta } }
}

function failed(text: string): Result {
  return { content: [{ type: 'text', text }], isError: true }
}
