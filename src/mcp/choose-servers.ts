import { dirname } from 'node:path'
import { readClaudeSettings, readSettingsLayers, type SettingsFolder } from '../config/claude-settings.js'
import { readTrust } from '../config/trust.js'
import { gitRoot, isWithin } from '../paths.js'
import { normalName } from './command-names.js'
import { kindProblem } from './entry-kind.js'
import { type ServerAccess, serverAccess } from './server-access.js'
import { readSources, type ServerEntry } from './server-scopes.js'

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
  /** Those of these messages that are about servers that wait for trust. */
  readonly waiting: readonly string[]
  /** Whether the folder is trusted. */
  readonly trusted: boolean
}

export interface FindOptions extends SettingsFolder {
  /** Runs a project's servers even if its folder is not trusted. */
  readonly assumeTrust?: boolean
  /** Whether the user trusts the working directory's repository with this start of codex (`exec --trust`). */
  readonly grantsTrust?: boolean
}

/**
 * Finds the servers of a working directory and decides which of them run. Fast, because it runs before codex starts.
 */
export function findServers({ cwd, env, read, assumeTrust = false, grantsTrust = false }: FindOptions): FoundServers {
  const root = gitRoot(cwd)
  const {
    entries,
    disabled: disabledByUser,
    problems: fileProblems,
  } = readSources({
    cwd,
    gitRoot: root,
    env,
    read,
  })
  if (entries.length === 0) return { servers: [], problems: fileProblems, waiting: [], trusted: assumeTrust }
  const listed = readTrust(env)
  const isTrusted = (folder: string): boolean =>
    assumeTrust || (grantsTrust && isWithin(folder, root ?? cwd)) || listed(folder)
  const trusted = isTrusted(cwd)
  const rules = readClaudeSettings({ cwd, env, read, projectAllowCounts: trusted }).permissions
  const disabled = new Set([...disabledByUser, ...disabledBySettings({ cwd, env, read })])
  const ids = new Map<string, string>()
  const servers = entries.map((entry): FoundServer => {
    const id = normalName(entry.name)
    const access = serverAccess(entry.name, rules)
    const [kept, reason] = exclusionOf(entry, { isTrusted, disabled, access, sameId: ids.get(id) })
    if (kept === null) ids.set(id, entry.name)
    return { ...entry, id, access, kept, reason }
  })
  const waiting = waitingMessages(servers, root ?? cwd)
  return { servers, problems: [...fileProblems, ...messagesFor(servers), ...waiting], waiting, trusted }
}

interface ExclusionContext {
  isTrusted(folder: string): boolean
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
  if (entry.scope === 'project' && !context.isTrusted(dirname(entry.file)))
    return ['untrusted', 'its folder is not trusted']
  if (context.sameId !== undefined) return ['hidden', `'${context.sameId}' has the same name in codex's spelling`]
  return [null, null]
}

function disabledBySettings(folder: SettingsFolder): string[] {
  const { layers } = readSettingsLayers(folder)
  return layers.flatMap(({ values: { disabledMcpjsonServers: names } }) =>
    Array.isArray(names) ? (names as unknown[]).filter((name) => typeof name === 'string') : [],
  )
}

function messagesFor(servers: readonly FoundServer[]): string[] {
  return servers
    .filter(({ kept }) => kept === 'bad' || kept === 'hidden')
    .map(({ file, line, name, reason }) => `${file}:${line()}: MCP server '${name}' is ignored: ${reason}.`)
}

/** `folder` is the one that `plus trust` trusts if none is given. */
function waitingMessages(servers: readonly FoundServer[], folder: string): string[] {
  const waiting = servers.filter(({ kept }) => kept === 'untrusted')
  return [...new Set(waiting.map((server) => server.file))].map((file) => {
    const names = waiting.filter((server) => server.file === file).map(({ name }) => name)
    const [what, verb] = names.length === 1 ? ['MCP server', 'waits'] : ['MCP servers', 'wait']
    const above = !isWithin(dirname(file), folder)
    const [place, command] = above ? [file, `plus trust ${dirname(file)}`] : ['.mcp.json', 'plus trust']
    return `${what} ${firstNames(names)} of ${place} ${verb} for your trust: run \`codex-plus ${command}\`, or disable them.`
  })
}

/** The names of a file of somebody else: the first ten, and how many more there are. */
function firstNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ')
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown
}
