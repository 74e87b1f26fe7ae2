import { canServe, parseRule } from './parse-rule.js'
import { loosens, modeOf, whyNotCounted } from './policy.js'
import type { LocatedRule, PermissionMode, PermissionSettings } from './read-settings.js'

/** What has to be asked of codex so that the rules of a run hold. */
export interface RuleReach {
  /** The names of codex's tools that a deny or ask rule may cover, as regular expressions; `EVERY_TOOL` alone for all. */
  readonly forbids: readonly string[]
  /** Whether something is allowed that codex may ask about. */
  readonly allows: boolean
  /** The same without what needs no question in `exec`: the calls of MCP tools reach the rules there anyway. */
  readonly allowsOutside: boolean
  /** Whether the web search of the model's server may be forbidden, of which codex tells no hook. */
  readonly search: boolean
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
/** The pattern of all tools. */
export const EVERY_TOOL = '.*'
/** Tools whose calls codex asks about only outside its sandbox. */
const OUTSIDE: ReadonlySet<string> = new Set(['Bash', 'Edit', 'Write', 'MultiEdit', 'NotebookEdit'])

/** Looks at which calls the rules of the settings reach; `granted` are rules that a turn of the run may add. */
export function reachOf(
  settings: PermissionSettings,
  isTrusted: () => boolean,
  granted: readonly LocatedRule[] = [],
): RuleReach {
  // Trust is looked up late: it reads codex's configuration.
  const trusted = !loosens(settings) || isTrusted()
  const { mode } = modeOf(settings, trusted)
  // The folder may be trusted while codex runs.
  const modes = [mode, modeOf(settings, true).mode]
  const toolsOf = (rules: readonly LocatedRule[]): string[] =>
    rules.flatMap(({ rule }) => {
      const parsed = parseRule(rule)
      return parsed && canServe(parsed) ? [parsed.tool] : []
    })
  const forbidden = toolsOf(settings.rules.filter(({ kind }) => kind !== 'allow'))
  const allowing = [...settings.rules.filter(({ kind }) => kind === 'allow'), ...granted]
  const counted = allowing.filter((rule) => whyNotCounted(rule, settings, trusted) === null)
  const opens = (each: PermissionMode): boolean => each === 'acceptEdits' || each === 'bypassPermissions'
  const closes = modes.some((each) => each === 'plan' || each === 'dontAsk')
  return {
    forbids: closes ? [EVERY_TOOL] : patternsOf(forbidden),
    allows: modes.some(opens) || toolsOf(allowing).some((tool) => OUTSIDE.has(tool) || tool.startsWith('mcp__')),
    search: mode === 'dontAsk' || forbidden.includes('WebSearch'),
    allowsOutside: opens(mode) || toolsOf(counted).some((tool) => OUTSIDE.has(tool)),
  }
}

/** Joins patterns of tools to the matcher of a codex hook, which is a regular expression too; undefined for all tools. */
export function matcherOf(patterns: readonly string[]): string | undefined {
  return patterns.includes(EVERY_TOOL) ? undefined : `^(?:${[...new Set(patterns)].sort().join('|')})$`
}

function patternsOf(tools: readonly string[]): string[] {
  return [...new Set(tools.flatMap((tool) => (tool.startsWith('mcp__') ? [serverPattern(tool)] : (TOOLS[tool] ?? []))))]
}

/** The tools of a server by codex's names, in which `-` may be `_`. */
function serverPattern(tool: string): string {
  const name = tool.replace(/\*+$/, '').replace(/[.+?^$()[\]{}|\\]/g, '\\$&')
  return `${name.replace(/[-_]/g, '[-_]')}.*`
}
