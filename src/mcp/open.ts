import { CodexPlusError } from '../errors.js'
import type { Exchange } from '../proxy/exchange.js'
import { contentText } from './content.js'
import { createGateway } from './gateway.js'
import { createPool, type Pool, type PoolOptions } from './pool.js'

/** The servers of a run of codex, and what serves them. */
export interface OpenServers {
  readonly pool: Pool
  route(exchange: Exchange): Promise<void>
  /** One line for a person: how many servers, and those that are not well. */
  status(): string
  /** Calls a tool and returns its text. Throws CP_MCP_UNKNOWN, CP_MCP_START, and CP_MCP_ANSWER where the tool fails. */
  callTool(
    server: string,
    tool: string,
    input: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<string>
}

/** Makes the pool and the gateway of a run; the programs of stdio servers are started at once, all in parallel. */
export function openServers(options: PoolOptions): OpenServers {
  const pool = createPool(options)
  for (const { connection } of pool.members.values()) connection.launch()
  return {
    pool,
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
  const unwell = states
    .filter(({ phase }) => phase === 'failed' || phase === 'login')
    .map(({ name, phase, reason }) => `${name}: ${phase === 'login' ? 'wants a login' : reason}`)
  return [`${ready} of ${states.length} servers ready`, ...unwell].join('; ')
}
