import { readToml } from '../config/toml.js'
import { printableLine } from '../terminal/printable.js'
import { canServe, parseRule, ruleProblem } from './parse-rule.js'
import { modeOf, whyNotCounted } from './policy.js'
import type { LocatedRule, PermissionSettings } from './read-settings.js'

/** A rule as `plus permissions list` shows it. */
export interface RuleRow extends LocatedRule {
  /** Whether it holds for codex's tools. */
  readonly served: boolean
  /** Why it does not hold, or what of it cannot be kept; null where all of it is. */
  readonly why: string | null
}

export interface RuleList {
  readonly rules: readonly RuleRow[]
  readonly problems: readonly string[]
}

export interface ListOptions {
  readonly settings: PermissionSettings
  readonly trusted: boolean
  /** Why no rule holds at all; null where they do. */
  readonly off: string | null
}

/** Tools of Claude Code's that a rule may name and codex does not have, with what codex does instead. */
const WITHOUT_COUNTERPART: Readonly<Record<string, string>> = {
  Glob: 'codex searches with shell commands: write a Bash or Read rule',
  Grep: 'codex searches with shell commands: write a Bash or Read rule',
  LS: 'codex lists folders with shell commands: write a Bash or Read rule',
  Skill: 'codex has no such tool: skills are commands that the user types',
  SlashCommand: 'codex has no such tool: commands are typed by the user',
}
const OPENED = 'what a script, an interpreter or a program opens by itself is not seen'
const ASKING =
  'codex asks where the model requests it (in the TUI, outside the sandbox); elsewhere and in `exec` the call is refused and the model told to ask'

/** Every rule with whether it holds, and if not, or not in full, why. */
export function listRules({ settings, trusted, off }: ListOptions): RuleList {
  const rules = settings.rules.map((rule): RuleRow => {
    const why = off ?? whyNotCounted(rule, settings, trusted) ?? unserved(rule.rule)
    return why === null ? { ...rule, served: true, why: limitOf(rule) } : { ...rule, served: false, why }
  })
  const broken = rules.flatMap(({ rule, file, line }) => {
    const problem = ruleProblem(rule)
    return problem === null ? [] : [`${file}:${line}: the rule '${rule}' ${problem}.`]
  })
  return { rules, problems: [...settings.problems, ...broken, ...modeNotes(settings, trusted, off)] }
}

/** Why codex runs none of the hooks that keep the rules; null where it does. `file` is codex's managed requirements. */
export function hooksForbidden(file = '/etc/codex/requirements.toml'): string | null {
  const read = readToml(file, ['allow_managed_hooks_only'])
  if (!read || !('values' in read) || read.values.allow_managed_hooks_only !== true) return null
  return `${file} sets allow_managed_hooks_only, so that codex runs no hook that could keep it`
}

/** The list for a person: a line a rule, where it stands below, and what is wrong at the end. */
export function ruleListText({ rules, problems }: RuleList): string {
  const rows = rules.map(({ rule, kind, scope, file, line, served, why }) => {
    const state = served ? (why === null ? 'holds' : `holds; ${why}`) : `does not hold: ${why}`
    return [`${kind}  ${rule}`, `    ${file}:${line} (${scope}); ${state}`].map(printableLine).join('\n')
  })
  return [...(rows.length === 0 ? ['There are no permission rules here.'] : rows), ...problems.map(printableLine)].join(
    '\n',
  )
}

/** Why a rule cannot hold for any tool of codex; null where it can. */
function unserved(rule: string): string | null {
  const parsed = parseRule(rule)
  const problem = ruleProblem(rule)
  if (!parsed || problem !== null) return `it ${problem ?? 'is no rule'}`
  const { tool, content } = parsed
  if (Object.hasOwn(WITHOUT_COUNTERPART, tool)) return WITHOUT_COUNTERPART[tool] ?? null
  if (tool === 'WebFetch' && content !== undefined && !content.startsWith('domain:')) {
    return 'a WebFetch rule takes `domain:HOST`'
  }
  if (tool === 'WebSearch' && content !== undefined) return 'a WebSearch rule takes no parentheses'
  return canServe(parsed) ? null : 'codex has no such tool'
}

/** What of a rule that holds cannot be kept; null where all of it is. */
function limitOf({ rule, kind }: LocatedRule): string | null {
  const tool = parseRule(rule)?.tool ?? ''
  const limits = [...(kind === 'ask' ? [ASKING] : []), ...(kind === 'allow' ? allowLimits(tool) : forbidLimits(tool))]
  return limits.length === 0 ? null : limits.join('; ')
}

function forbidLimits(tool: string): string[] {
  if (tool === 'Bash') return ['commands that a script or a program runs by itself are not seen']
  if (tool === 'WebFetch') {
    return ["pages that the model's server opens itself (models without code mode) are not seen: deny WebSearch, too"]
  }
  if (tool === 'WebSearch') {
    return ['of models without code mode, whose server searches by itself, the tool is taken out of the request']
  }
  if (tool.startsWith('mcp__') || tool === 'Agent' || tool === 'Task') return []
  return [OPENED]
}

function allowLimits(tool: string): string[] {
  if (tool === 'Bash') {
    return ["it answers codex's question; a command that does not ask to leave codex's sandbox stays in it"]
  }
  if (tool === 'Read' || tool === 'NotebookRead') return ['codex reads without asking']
  return tool === 'WebFetch' || tool === 'WebSearch' || tool === 'Agent' || tool === 'Task'
    ? ['codex does not ask']
    : []
}

/** What the mode of the settings means here, where it is not the usual one. */
function modeNotes(settings: PermissionSettings, trusted: boolean, off: string | null): string[] {
  const { mode, at } = modeOf(settings, trusted)
  if (at === null || mode === 'default') return []
  const place = `${at.file}:${at.line}: defaultMode ${mode}`
  if (off !== null) return [`${place} does not hold: ${off}.`]
  return [`${place}: ${MODE_NOTES[mode]}.`]
}

const MODE_NOTES = {
  acceptEdits: "codex's questions about changed files inside the folders of the session are answered with yes",
  bypassPermissions: "codex's questions are answered with yes, as far as no deny or ask rule is against it",
  dontAsk: 'what no rule allows is refused, but for reading inside the folders of the session',
  plan: 'files are not changed, and commands that do more than read have to be asked for, all through the session',
} as const
