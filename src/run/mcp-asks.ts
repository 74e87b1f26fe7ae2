import { codexServers } from '../mcp/server-overrides.js'
import { codexHome, gitRoot } from '../paths.js'
import { parseRule } from '../permissions/parse-rule.js'
import type { PermissionSettings } from '../permissions/read-settings.js'
import type { Run } from './feature.js'

/** The MCP tools that codex itself asks about because of an ask rule. */
export interface AskedMcpTools {
  /** `-c` overrides for servers of codex's own configuration; those of `.mcp.json` are told with their definition. */
  readonly overrides: readonly string[]
  asksForTool(name: string): boolean
}

/** What a rule `mcp__server` or `mcp__server__tool` names; undefined for one with a pattern. */
interface Named {
  readonly server: string
  readonly tool: string | null
}

/** Makes codex's TUI ask for the MCP tools that ask rules name, as far as their servers are known. */
export function askedMcpTools(run: Run, { rules }: PermissionSettings): AskedMcpTools {
  const named = rules.filter(({ kind }) => kind === 'ask').flatMap(({ rule }) => namedBy(rule) ?? [])
  if (!run.interactive || named.length === 0) return { overrides: [], asksForTool: () => false }
  const own = new Set(run.offers.mcpServers ?? [])
  const configured = ownServers(run).filter((server) => !own.has(server))
  const overrides = configured.flatMap((server) =>
    named
      .filter((name) => normal(name.server) === normal(server))
      .map(({ tool }) => {
        const key = tool === null ? 'default_tools_approval_mode' : `tools.${tool}.approval_mode`
        return `mcp_servers.${server}.${key}="prompt"`
      }),
  )
  const known = new Set([...own, ...configured].map(normal))
  const asked = named.filter(({ server }) => known.has(normal(server)))
  return {
    overrides,
    asksForTool: (name) =>
      asked.some(({ server, tool }) => {
        const prefix = `mcp__${normal(server)}__`
        return normal(name).startsWith(prefix) && (tool === null || normal(name) === prefix + normal(tool))
      }),
  }
}

function namedBy(rule: string): Named | null {
  const tool = parseRule(rule)?.tool ?? ''
  const [, server, name] = /^mcp__([\w-]+?)(?:__([\w-]+|\*))?$/.exec(tool) ?? []
  if (server === undefined) return null
  return { server, tool: name === undefined || name === '*' ? null : name }
}

/**
 * The servers of the user's own configuration files: an override of another one would keep codex from starting, and one that
 * the command line defines takes the place of an override.
 */
function ownServers({ invocation, env, folder }: Run): string[] {
  const found = codexServers({ invocation, env, cwd: folder, gitRoot: gitRoot(folder) })
  const home = codexHome(env)
  // A table of the command line takes the place of all others.
  if (invocation.overrides.some(({ key }) => key === 'mcp_servers')) return []
  return [...found].filter(([, where]) => where.startsWith(home)).map(([name]) => name)
}

function normal(name: string): string {
  return name.replaceAll('-', '_')
}
