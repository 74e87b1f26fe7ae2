// MCP: find the servers of a project, keep connections to them, and serve their tools, prompts and resources to codex.
import type { CommandExtension } from '../commands/command-extension.js'
import { CodexPlusError } from '../errors.js'
import type { Exchange } from '../proxy/exchange.js'
import { coalesce } from './coalesce.js'
import { contentText } from './content-text.js'
import { createGateway } from './gateway.js'
import { mcpCommands } from './prompt-commands.js'
import { createPromptServer } from './prompt-server.js'
import { createPool, type Pool, type PoolOptions } from './server-pool.js'

/** The running servers of a codex session, and the route that serves them. */
export interface OpenServers {
  readonly pool: Pool
  /** Their prompts and resources as commands. */
  readonly commands: CommandExtension
  route(exchange: Exchange): Promise<void>
  /** Returns one line for the user: how many servers are ready, and which have failed. */
  status(): string
  /** Calls a tool and returns its text. Throws CP_MCP_UNKNOWN, CP_MCP_START, and CP_MCP_ANSWER when the tool fails. */
  callTool(
    server: string,
    tool: string,
    input: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<string>
}

export interface OpenOptions extends PoolOptions {
  readonly dialect: 'auto' | 'claude'
  readonly interactive: boolean
}

/** Creates the pool and the gateway of a run; the programs of stdio servers start immediately and in parallel. */
export function openServers(options: OpenOptions): OpenServers {
  const pool = createPool(options)
  const servers = [...pool.members.values()].map((member) => {
    const { server, connection } = member
    const prompts = createPromptServer(server, options.env, async () => member)
    const refresh = coalesce(() => void prompts.refresh().catch(() => {}))
    connection.onReady(refresh)
    connection.onNotification(({ method }) => method === 'notifications/prompts/list_changed' && refresh())
    connection.launch()
    return prompts
  })
  return {
    pool,
    commands: mcpCommands({ servers, dialect: options.dialect, interactive: options.interactive }),
    route: createGateway(pool, options.log),
    status: () => statusLine(pool),
    async callTool(server, tool, input, signal) {
      const call = { name: tool, arguments: input }
      const result = await pool.member(server).callTool(call, signal === undefined ? {} : { signal })
      const text = contentText(result.content)
      if (result.isError === true) throw new CodexPlusError('CP_MCP_ANSWER', text)
      return text
    },
  }
}

function statusLine(pool: Pool): string {
  const states = [...pool.members.values()].map(({ server: { name }, connection }) => ({ name, ...connection.state() }))
  const ready = states.filter(({ phase }) => phase === 'ready').length
  const failing = states
    .filter(({ phase }) => phase === 'failed' || phase === 'login')
    .map(({ name, phase, reason }) => `${name}: ${phase === 'login' ? 'requires a login' : reason}`)
  return [`${ready} of ${states.length} servers ready`, ...failing].join('; ')
}
