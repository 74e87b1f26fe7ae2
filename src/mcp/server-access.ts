import { normalName } from './command-names.js'

/** Claude Code's permission rules for the tools of one server. */
export interface ServerAccess {
  /** Whether the whole server is denied. */
  readonly denied: boolean
  readonly deniedTools: readonly string[]
  /** Whether all of its tools run without approval. */
  readonly allowed: boolean
  readonly allowedTools: readonly string[]
  /** Tools that always need approval; the empty name stands for all. */
  readonly askedTools: readonly string[]
}

export interface McpRules {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly ask: readonly string[]
}

/**
 * Reads the rules `mcp__server`, `mcp__server__*` and `mcp__server__tool` that name a server (claude-code-2.1 section
 * 3).
 */
export function serverAccess(server: string, rules: McpRules): ServerAccess {
  const [allow, deny, ask] = [rules.allow, rules.deny, rules.ask].map((list) => toolsOf(server, list))
  return {
    denied: deny?.includes('') ?? false,
    deniedTools: deny?.filter((tool) => tool !== '') ?? [],
    allowed: allow?.includes('') ?? false,
    allowedTools: allow?.filter((tool) => tool !== '') ?? [],
    askedTools: ask ?? [],
  }
}

/** Whether a list contains a tool; rules use the tool's normalized name. */
export function namesTool(tools: readonly string[], tool: string): boolean {
  return tools.includes('') || tools.some((name) => normalName(name) === normalName(tool))
}

function toolsOf(server: string, rules: readonly string[]): string[] {
  const whole = `mcp__${normalName(server)}`
  return rules.flatMap((rule) => {
    if (rule === whole || rule === `${whole}__*`) return ['']
    return rule.startsWith(`${whole}__`) && !rule.includes('(') ? [rule.slice(whole.length + 2)] : []
  })
}
