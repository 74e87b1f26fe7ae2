import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { CommandExtension } from '../../commands/command-extension.js'
import { limitProblems } from '../../config/limit-problems.js'
import { watchTrust } from '../../config/trust.js'
import { type FoundServer, findServers } from '../../mcp/choose-servers.js'
import { certainSecrets } from '../../mcp/conceal-secrets.js'
import { readCatalog } from '../../mcp/prompt-catalog.js'
import { codexServers, serverOverride } from '../../mcp/server-overrides.js'
import type { Pool } from '../../mcp/server-pool.js'
import { readTimeouts } from '../../mcp/timeouts.js'
import { packageVersion } from '../../package-version.js'
import { gitRoot, isWithin, xdgFolder } from '../../paths.js'
import { byFolder } from '../by-folder.js'
import type { Feature, Run } from '../feature.js'

/** MCP servers of `.mcp.json` and of Claude Code's configuration file, provided to codex; null if there are none. */
export function mcpFeature(run: Run): Feature | null {
  const { env, folder, snapshot, notices, offers } = run
  const found = findServers({ cwd: folder, env, read: snapshot.read, grantsTrust: run.grantsTrust })
  // Servers that wait for trust are named with everything else that does.
  for (const line of limitProblems(found.problems.filter((one) => !found.waiting.includes(one)))) notices.say(line)
  offers.needsVoice = found.waiting.length > 0
  offers.waitingServers = (of) => {
    const { servers } = of === folder ? found : findServers({ cwd: of, env, read: snapshot.read })
    return servers.filter(({ kept }) => kept === 'untrusted').map(({ file }) => file)
  }
  offers.beforeTurn.push(reportUnserved(found.servers, run))
  const servers = withoutClashes(found.servers, run)
  if (!servers.some(({ kept }) => kept === null)) return null
  for (const { value, kept } of servers) if (kept === null) offers.secrets.push(...certainSecrets(value, env))
  offers.mcpServers = servers.filter(({ kept }) => kept === null).map(({ id }) => id)
  const limits = readTimeouts(env)
  let pool: Pool | undefined
  let commands: CommandExtension | undefined
  return {
    overrides: (proxy) =>
      servers
        .filter(({ kept }) => kept === null)
        .map((server) => serverOverride(server, proxy('mcp'), limits, knownTools(server, env))),
    async open() {
      // Added before anything is loaded: modules extend the results of server prompts, so they must come later.
      offers.extensions.add(() => ({
        rows: () => commands?.rows() ?? [],
        mentions: () => commands?.mentions?.() ?? [],
        extend: async (prompt, expansion, options) => (await commands?.extend(prompt, expansion, options)) ?? expansion,
      }))
      const { openServers } = await import('../../mcp/open-servers.js')
      const { remoteFetch } = await import('../remote-fetch.js')
      const opened = openServers({
        servers,
        trusted: found.trusted,
        limits,
        version: packageVersion(),
        cwd: folder,
        env,
        sessionId: randomUUID(),
        outputFolder: join(xdgFolder('state', env), 'outputs'),
        log: run.log,
        ...remoteFetch(env, run.log),
        dialect: run.settings.dialect,
        interactive: run.interactive,
      })
      commands = opened.commands
      pool = opened.pool
      for (const line of limitProblems(pool.problems)) notices.say(line)
      offers.status.set('mcp', opened.status)
      offers.callTool = opened.callTool
      return { routes: { mcp: opened.route } }
    },
    async close() {
      await pool?.close()
    },
  }
}

/**
 * Reports the servers that a thread does not get, once each: codex is told its servers when it starts, so those of another
 * folder, and those whose folder is trusted later, have to wait for the next start.
 */
function reportUnserved(
  servers: readonly FoundServer[],
  { folder: start, env, snapshot, notices }: Run,
): (folder: string) => void {
  const root = gitRoot(start)
  // Those above the repository need a trust of their own.
  const untrusted = servers.filter(({ kept, file }) => kept === 'untrusted' && isWithin(file, root ?? start))
  const isTrusted = watchTrust(start, root, env)
  const served = new Set(servers.map(({ file }) => file))
  const others = byFolder((folder) => {
    const found = findServers({ cwd: folder, env, read: snapshot.read }).servers
    const own = found.filter(({ kept, scope, file }) => kept === null && scope !== 'user' && !served.has(file))
    if (own.length === 0) return
    const files = [...new Set(own.map(({ file }) => file))].join(', ')
    notices.tell(
      `${listed(own)} of ${files} cannot start in this thread: codex got its MCP servers when it started, in ${start}. Start codex-plus in ${folder} to use them.`,
    )
  })
  return (folder) => {
    if (folder !== start) others.of(folder)
    else if (untrusted.length > 0 && isTrusted()) {
      notices.tell(
        `the folder is trusted now: ${listed(untrusted)} of .mcp.json will start with the next run, as codex gets its MCP servers when it starts.`,
      )
    }
  }
}

function listed(servers: readonly FoundServer[]): string {
  return `MCP server${servers.length === 1 ? '' : 's'} ${servers.map(({ name }) => name).join(', ')}`
}

/** Returns the tools of a server from its last run; only needed if a permission rule names tools of the server. */
function knownTools(server: FoundServer, env: NodeJS.ProcessEnv): readonly string[] {
  const { allowedTools, askedTools, deniedTools } = server.access
  if (allowedTools.length + askedTools.length + deniedTools.length === 0) return []
  return readCatalog(server, env)?.tools ?? []
}

/** Hides servers whose name codex has too, with a warning: codex would merge the two and not start. */
function withoutClashes(servers: readonly FoundServer[], { invocation, env, folder, notices }: Run): FoundServer[] {
  if (!servers.some(({ kept }) => kept === null)) return []
  if (invocation.overrides.some(({ key }) => key === 'mcp_servers')) {
    notices.say(
      '-c mcp_servers replaces all MCP servers, so those of .mcp.json are left out of this run. Use -c mcp_servers.NAME to keep them.',
    )
    return []
  }
  const own = codexServers({ invocation, env, cwd: folder, gitRoot: gitRoot(folder) })
  return servers.map((server) => {
    const where = own.get(server.id)
    if (where === undefined || server.kept !== null) return server
    const reason = `codex has a server of that name (${where})`
    notices.say(
      `${server.file}:${server.line()}: MCP server '${server.name}' is left out: ${reason}. Rename one of the two.`,
    )
    return { ...server, kept: 'hidden', reason }
  })
}
