import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import { readSettings } from '../config/settings.js'
import { type Log, openLog, silentLog } from '../log/log.js'
import { type FoundServers, findServers } from '../mcp/choose-servers.js'
import { createPool, type Pool } from '../mcp/server-pool.js'
import { readTimeouts } from '../mcp/timeouts.js'
import { packageVersion } from '../package-version.js'
import { xdgFolder } from '../paths.js'
import { remoteFetch } from '../run/remote-fetch.js'
import type { SubcommandContext } from './subcommand.js'

/** The MCP servers of a working directory, for a subcommand of codex-plus. */
export interface OpenedMcp {
  readonly found: FoundServers
  readonly pool: Pool
  /** The errors found in the configuration files, one line each. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** Finds the servers of a working directory and creates their connections. Logs only to a file that the settings name. */
export async function openMcp(
  { own }: CodexInvocation,
  { env, cwd }: SubcommandContext,
  assumeTrust: boolean,
): Promise<OpenedMcp> {
  const { settings } = await readSettings({ own, env, cwd })
  const { file, level } = settings.log
  const log = file === null ? silentLog : openLog(file, level)
  const found = findServers({ cwd, env, assumeTrust })
  const pool = poolOf(found, { env, cwd }, log)
  return {
    found,
    pool,
    problems: [...found.problems, ...pool.problems],
    async close() {
      await pool.close()
      log.close()
    },
  }
}

/** Creates the connections to the servers that were found. */
export function poolOf({ servers, trusted }: FoundServers, { env, cwd }: SubcommandContext, log: Log): Pool {
  return createPool({
    servers,
    trusted,
    limits: readTimeouts(env),
    version: packageVersion(),
    cwd,
    env,
    sessionId: randomUUID(),
    outputFolder: join(xdgFolder('state', env), 'outputs'),
    log,
    ...remoteFetch(env, log),
  })
}
