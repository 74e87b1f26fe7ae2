import { join, resolve } from 'node:path'
import type { CodexInvocation } from '../codex/codex-arguments.js'
import { parseTomlValue, readToml } from '../config/toml.js'
import { codexHome, foldersUpTo } from '../paths.js'
import { normalName } from './command-names.js'
import type { FoundServer } from './find-servers.js'
import type { McpTimeouts } from './timeouts.js'

/** More than our own limits, so that our clearer sentence comes first, in s. */
const MARGIN = 5

/** The `-c` override that gives codex a server, served by us at `proxy` (codex-0.169 section 5.2); `known` are its tools. */
export function serverOverride(
  server: FoundServer,
  proxy: string,
  limits: McpTimeouts,
  known: readonly string[] = [],
): string {
  const { id, access, value } = server
  // codex goes by a tool's own name, a rule by the normal form of it.
  const nameOf = (tool: string): string => known.find((name) => normalName(name) === tool) ?? tool
  const own = Number((value as { timeout?: unknown }).timeout)
  const callMs = own >= 1000 ? own : limits.callMs
  const tools = [
    ...access.allowedTools.map((tool) => [nameOf(tool), 'approve'] as const),
    ...access.askedTools.filter((tool) => tool !== '').map((tool) => [nameOf(tool), 'prompt'] as const),
  ]
  const approvals = new Map(tools)
  const mode = access.askedTools.includes('') ? 'prompt' : access.allowed ? 'approve' : null
  const members = [
    `url=${text(`${proxy}/mcp/${id}`)}`,
    `startup_timeout_sec=${Math.ceil(limits.startMs / 1000) + MARGIN}`,
    `tool_timeout_sec=${Math.ceil(callMs / 1000) + MARGIN}`,
    ...(mode === null ? [] : [`default_tools_approval_mode=${text(mode)}`]),
    ...(access.deniedTools.length === 0
      ? []
      : [`disabled_tools=[${access.deniedTools.map((tool) => text(nameOf(tool))).join(',')}]`]),
    ...(approvals.size === 0
      ? []
      : [`tools={${[...approvals].map(([tool, how]) => `${text(tool)}={approval_mode=${text(how)}}`).join(',')}}`]),
  ]
  return `mcp_servers.${id}={${members.join(',')}}`
}

/** TOML's basic strings escape as JSON's do. */
function text(value: string): string {
  return JSON.stringify(value)
}

export interface CodexServerOptions {
  readonly invocation: CodexInvocation
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly gitRoot: string | null
  /** `/etc/codex`, elsewhere in tests. */
  readonly systemFolder?: string
}

/**
 * The servers codex itself is configured with, each with where. One of ours by the same name would be merged with it key
 * by key, and codex would not start ("url is not supported for stdio", seen on 0.169).
 */
export function codexServers(options: CodexServerOptions): Map<string, string> {
  const { invocation, env, cwd, gitRoot } = options
  const found = new Map<string, string>()
  const home = codexHome(env)
  const files = [
    join(options.systemFolder ?? '/etc/codex', 'config.toml'),
    join(options.systemFolder ?? '/etc/codex', 'managed_config.toml'),
    ...(invocation.ignoreUserConfig ? [] : [join(home, 'config.toml')]),
    ...(invocation.profile !== null && /^[\w.-]+$/.test(invocation.profile)
      ? [join(home, `${invocation.profile}.config.toml`)]
      : []),
    ...foldersUpTo(cwd, gitRoot ?? cwd).map((folder) => join(resolve(folder), '.codex', 'config.toml')),
  ]
  for (const file of files) {
    const read = readToml(file, ['mcp_servers'])
    if (read === null || 'problem' in read) continue
    for (const name of keysOf(read.values.mcp_servers)) found.set(name, file)
    const { profiles } = read.values
    const profile = invocation.profile === null ? undefined : entryOf(profiles, invocation.profile)
    for (const name of keysOf(entryOf(profile, 'mcp_servers'))) found.set(name, file)
  }
  for (const { key, value } of invocation.overrides) {
    const [, name] = /^mcp_servers\.([\w-]+)/.exec(key) ?? []
    const names = key === 'mcp_servers' ? keysOf(parseTomlValue(value)) : name === undefined ? [] : [name]
    for (const each of names) found.set(each, `-c ${key}`)
  }
  return found
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function entryOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
}
