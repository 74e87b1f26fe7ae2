import { normalName } from './command-names.js'

/** What Claude Code's permission rules say of one server's tools. */
export interface ServerAccess {
  /** The whole server is denied. */
  readonly denied: boolean
  readonly deniedTools: readonly string[]
  /** All of its tools run without a question. */
  readonly allowed: boolean
  readonly allowedTools: readonly string[]
  /** Tools that are always asked for; the empty name stands for all. */
  readonly askedTools: readonly string[]
}

export interface McpRules {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly ask: readonly string[]
}

/** Reads the rules `mcp__server`, `mcp__server__*` and `mcp__server__tool` that name a server (claude-code-2.1 section 3). */
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

/** Whether a tool is among those a list names; a rule has the tool's name in its normal form. */
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
