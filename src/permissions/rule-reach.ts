import { canServe } from './list-rules.js'
import { parseRule } from './permission-rules.js'
import { modeOf } from './policy.js'
import type { LocatedRule, PermissionSettings } from './read-settings.js'

/** What has to be asked of codex so that the rules of a run hold. */
export interface RuleReach {
  /** The names of codex's tools that a deny or ask rule may cover, as a regular expression; null where there is none. */
  readonly forbids: string | null
  /** Whether something is allowed that codex may ask about. */
  readonly allows: boolean
  /** The same without what needs no question in `exec`: the calls of MCP tools reach the rules there anyway. */
  readonly allowsOutside: boolean
}

/** codex's names of the tools that rules of a tool of Claude Code's are about (codex-0.169 section 5.1). */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  Bash: ['Bash'],
  Edit: ['apply_patch', 'Bash'],
  Write: ['apply_patch', 'Bash'],
  MultiEdit: ['apply_patch', 'Bash'],
  NotebookEdit: ['apply_patch', 'Bash'],
  Read: ['view_image', 'Bash'],
  NotebookRead: ['view_image', 'Bash'],
  WebFetch: ['web[._]*run'],
  WebSearch: ['web[._]*run'],
  Agent: ['.*spawn_agent'],
  Task: ['.*spawn_agent'],
}
/** Tools whose calls codex asks about only outside its sandbox. */
const OUTSIDE: ReadonlySet<string> = new Set(['Bash', 'Edit', 'Write', 'MultiEdit', 'NotebookEdit'])

/** Looks at which calls the rules of the settings reach; `granted` are rules that a turn of the run may add. */
export function reachOf(
  settings: PermissionSettings,
  trusted: boolean,
  granted: readonly LocatedRule[] = [],
): RuleReach {
  const { mode } = modeOf(settings, trusted)
  const of = (kind: LocatedRule['kind']): string[] =>
    [...settings.rules, ...granted].flatMap((rule) => {
      const parsed = rule.kind === kind ? parseRule(rule.rule) : undefined
      return parsed && canServe(parsed) ? [parsed.tool] : []
    })
  const forbidden = [...of('deny'), ...of('ask')]
  const allowed = of('allow')
  const opens = mode === 'acceptEdits' || mode === 'bypassPermissions'
  return {
    forbids: mode === 'plan' || mode === 'dontAsk' ? '.*' : patternOf(forbidden),
    allows: opens || allowed.some((tool) => OUTSIDE.has(tool) || tool.startsWith('mcp__')),
    allowsOutside: opens || allowed.some((tool) => OUTSIDE.has(tool)),
  }
}

function patternOf(tools: readonly string[]): string | null {
  const names = new Set(
    tools.flatMap((tool) => (tool.startsWith('mcp__') ? [serverPattern(tool)] : (TOOLS[tool] ?? []))),
  )
  return names.size === 0 ? null : `^(?:${[...names].sort().join('|')})$`
}

/** The tools of a server by codex's names, in which `-` may be `_`. */
function serverPattern(tool: string): string {
  const name = tool.replace(/\*+$/, '').replace(/[.+?^$()[\]{}|\\]/g, '\\$&')
  return `${name.replace(/[-_]/g, '[-_]')}.*`
}
