import type { Result } from '@modelcontextprotocol/sdk/types.js'
import type { Exchange } from '../proxy/exchange.js'
import { createGateway } from './gateway.js'
import { createPool, type Pool, type PoolOptions } from './pool.js'

/** The servers of a run of codex, and what serves them. */
export interface OpenServers {
  readonly pool: Pool
  route(exchange: Exchange): Promise<void>
  /** One line for a person: how many servers, and those that are not well. */
  status(): string
  callTool(
    server: string,
    tool: string,
    input: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Result>
}

/** Makes the pool and the gateway of a run; the programs of stdio servers are started at once, all in parallel. */
export function openServers(options: PoolOptions): OpenServers {
  const pool = createPool(options)
  for (const { connection } of pool.members.values()) connection.launch()
  return {
    pool,
    route: createGateway(pool, options.log),
    status: () => statusLine(pool),
    callTool: async (server, tool, input, signal) =>
      await pool.member(server).callTool({ name: tool, arguments: input }, signal === undefined ? {} : { signal }),
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
