import { join, resolve } from 'node:path'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import { parseTomlValue, readToml } from '../config/toml.js'
import { isObject } from '../json.js'
import { codexHome, foldersUpTo } from '../paths.js'
import type { FoundServer } from './choose-servers.js'
import { normalName } from './command-names.js'
import { entryTimeout, type McpTimeouts } from './timeouts.js'

/** Added to codex's time limits, in s, so that codex-plus's limit and its clearer message come first. */
const MARGIN = 5

/**
 * Returns the `-c` override that makes codex use a server that codex-plus serves at `proxy` (codex-0.169 section 5.2).
 * `known` are the server's tools.
 */
export function serverOverride(
  server: FoundServer,
  proxy: string,
  limits: McpTimeouts,
  known: readonly string[] = [],
): string {
  const { id, access, value } = server
  // codex uses a tool's own name, a rule its normalized form.
  const nameOf = (tool: string): string => known.find((name) => normalName(name) === tool) ?? tool
  const { timeout } = (isObject(value) ? value : {}) as { timeout?: unknown }
  const callMs = entryTimeout(timeout) ?? limits.callMs
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
      : [
          `tools={${[...approvals].map(([tool, approval]) => `${text(tool)}={approval_mode=${text(approval)}}`).join(',')}}`,
        ]),
  ]
  return `mcp_servers.${id}={${members.join(',')}}`
}

/** Formats a TOML basic string, which has the same escapes as JSON. */
function text(value: string): string {
  return JSON.stringify(value)
}

export interface CodexServerOptions {
  readonly invocation: CodexInvocation
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly gitRoot: string | null
  /** Default `/etc/codex`; tests use another folder. */
  readonly systemFolder?: string
}

/**
 * Returns the names of the servers in codex's own configuration, each with its file or option. codex would merge a
 * server of codex-plus with one of the same name key by key and would not start ("url is not supported for stdio", seen
 * on 0.169).
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
