import type { CommandExtension } from '../commands/command-extension.js'
import { type FindOptions, findServers } from './choose-servers.js'
import { mcpCommands } from './prompt-commands.js'
import { createPromptServer } from './prompt-server.js'
import type { Pool } from './server-pool.js'

/** The prompts of MCP servers for a subcommand; servers are loaded and started only when a prompt needs one. */
export interface LazyPrompts {
  readonly extension: CommandExtension
  /** Starts every server and lists its prompts; servers that do not start are skipped. */
  load(): Promise<void>
  close(): Promise<void>
}

export interface LazyPromptOptions extends FindOptions {
  readonly dialect: 'auto' | 'claude'
  /** Creates the pool, when a server is needed. */
  pool(found: ReturnType<typeof findServers>): Promise<Pool>
}

/** Finds the servers of a working directory and returns their prompts as commands. */
export function openLazyPrompts(options: LazyPromptOptions): LazyPrompts {
  const found = findServers(options)
  let pool: Promise<Pool> | undefined
  const open = (): Promise<Pool> => {
    pool ??= options.pool(found)
    return pool
  }
  const servers = found.servers
    .filter(({ kept }) => kept === null)
    .map((server) => createPromptServer(server, options.env, async () => (await open()).member(server.name)))
  return {
    extension: mcpCommands({ servers, dialect: options.dialect, interactive: false }),
    load: async () => void (await Promise.all(servers.map((server) => server.prompts().catch(() => [])))),
    close: async () => void (await (await pool)?.close()),
  }
}
