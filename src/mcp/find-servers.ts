import { readClaudeSettings, readSettingsLayers } from '../config/claude-settings.js'
import { folderTrust } from '../config/trust.js'
import { gitRoot } from '../paths.js'
import { normalName } from './command-names.js'
import { kindProblem } from './entry-kind.js'
import { type ServerAccess, serverAccess } from './server-access.js'
import { readSources, type ServerEntry } from './server-sources.js'

/** A configured server, and whether it runs. */
export interface FoundServer extends ServerEntry {
  /** The name that codex and permission rules use for it. */
  readonly id: string
  readonly access: ServerAccess
  /** Why it does not run; null when it does. */
  readonly kept: null | 'untrusted' | 'disabled' | 'denied' | 'bad' | 'hidden'
  /** The same for the user, as the end of a sentence; null when it runs. */
  readonly reason: string | null
}

export interface FoundServers {
  readonly servers: readonly FoundServer[]
  /** Messages for the user: invalid files and entries, servers that wait for trust. */
  readonly problems: readonly string[]
  /** The one of these messages about servers that wait for trust; null if none does. */
  readonly waiting: string | null
  /** Whether the folder is trusted. */
  readonly trusted: boolean
}

export interface FindOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Runs a project's servers even if its folder is not trusted. */
  readonly assumeTrust?: boolean
}

/**
 * Finds the servers of a working directory and decides which of them run. Fast, because it runs before codex starts.
 */
export function findServers({ cwd, env, assumeTrust = false }: FindOptions): FoundServers {
  const root = gitRoot(cwd)
  const { entries, disabled: disabledByUser, problems: fileProblems } = readSources({ cwd, gitRoot: root, env })
  if (entries.length === 0) return { servers: [], problems: fileProblems, waiting: null, trusted: assumeTrust }
  const trusted = assumeTrust || folderTrust(cwd, root, env).trusted
  const rules = readClaudeSettings({ cwd, env, projectAllowCounts: trusted }).permissions
  const disabled = new Set([...disabledByUser, ...disabledBySettings(cwd, env)])
  const ids = new Map<string, string>()
  const servers = entries.map((entry): FoundServer => {
    const id = normalName(entry.name)
    const access = serverAccess(entry.name, rules)
    const [kept, reason] = exclusionOf(entry, { trusted, disabled, access, sameId: ids.get(id) })
    if (kept === null) ids.set(id, entry.name)
    return { ...entry, id, access, kept, reason }
  })
  const waiting = waitingMessage(servers)
  const problems = [...fileProblems, ...messagesFor(servers), ...(waiting === null ? [] : [waiting])]
  return { servers, problems, waiting, trusted }
}

interface ExclusionContext {
  readonly trusted: boolean
  readonly disabled: ReadonlySet<string>
  readonly access: ServerAccess
  /** An earlier server with the same id. */
  readonly sameId: string | undefined
}

/** Decides whether a server is excluded, with the reason; both null when it runs. */
function exclusionOf(entry: ServerEntry, context: ExclusionContext): [FoundServer['kept'], string | null] {
  if (entry.name === '') return ['bad', 'it has no name']
  const problem = kindProblem(entry.value)
  if (problem !== null) return ['bad', problem]
  if (entry.scope === 'project' && context.disabled.has(entry.name))
    return ['disabled', 'disabledMcpjsonServers names it']
  if (context.access.denied) return ['denied', 'permissions.deny names it']
  if (entry.scope === 'project' && !context.trusted) return ['untrusted', 'its folder is not trusted']
  if (context.sameId !== undefined) return ['hidden', `'${context.sameId}' has the same name in codex's spelling`]
  return [null, null]
}

function disabledBySettings(cwd: string, env: NodeJS.ProcessEnv): string[] {
  const { layers } = readSettingsLayers({ cwd, env })
  return layers.flatMap(({ values: { disabledMcpjsonServers: names } }) =>
    Array.isArray(names) ? (names as unknown[]).filter((name) => typeof name === 'string') : [],
  )
}

function messagesFor(servers: readonly FoundServer[]): string[] {
  return servers
    .filter(({ kept }) => kept === 'bad' || kept === 'hidden')
    .map(({ file, line, name, reason }) => `${file}:${line()}: MCP server '${name}' is ignored: ${reason}.`)
}

function waitingMessage(servers: readonly FoundServer[]): string | null {
  const names = servers.filter(({ kept }) => kept === 'untrusted').map(({ name }) => name)
  if (names.length === 0) return null
  const [what, verb] = names.length === 1 ? ['MCP server', 'waits'] : ['MCP servers', 'wait']
  return `${what} ${firstNames(names)} of .mcp.json ${verb} for your trust: run \`codex-plus plus trust\`, or disable them.`
}

/** The names of a file of somebody else: the first ten, and how many more there are. */
function firstNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ')
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown
}
