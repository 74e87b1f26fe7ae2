import { isObject } from '../../json.js'
import { denyTexts } from '../../permissions/command-text.js'
import { parseRule } from '../../permissions/parse-rule.js'
import { parseScript } from '../../permissions/parse-script.js'
import { matchesPattern } from '../../permissions/path-pattern.js'
import type { Construct } from '../../permissions/script.js'
import { shellRules } from '../../permissions/shell-rule.js'
import { toolNames } from './matcher.js'

/** The folders that relative path rules start from. */
export interface ConditionContext {
  readonly cwd: string
  readonly home: string
}

/** Shell constructs whose result is unknown before the command runs. */
const UNKNOWN: readonly Construct[] = [
  'command substitution',
  'process substitution',
  'parameter expansion',
  'arithmetic expansion',
  'ansi-c string',
]

/** Decides whether the `if` rule of a hook matches a tool call; an empty rule matches all (claude-code-2.1 section 2, h110 to h113). */
export function meetsCondition(
  condition: string,
  payload: Readonly<Record<string, unknown>>,
  context: ConditionContext,
): boolean {
  if (condition.trim() === '') return true
  const rule = parseRule(condition)
  const name = payload.tool_name
  if (!rule || typeof name !== 'string') return false
  if (rule.tool.startsWith('mcp__')) return coversServer(rule.tool, name)
  if (!toolNames(name).includes(rule.tool)) return false
  if (rule.content === undefined) return true
  const input = isObject(payload.tool_input) ? payload.tool_input : {}
  if (name === 'Bash') return coversCommand(condition, rule.content, String(input.command ?? ''))
  return coversInput(rule.content, input, context)
}

/**
 * Checks every command of the line, also in substitutions. A rule of several words also matches if the line contains
 * constructs that are unknown before it runs.
 */
function coversCommand(condition: string, content: string, command: string): boolean {
  const [rule] = shellRules([condition])
  if (!rule) return false
  const script = parseScript(command.trim())
  if (script.error || UNKNOWN.some((construct) => script.constructs.has(construct))) {
    const words = content.replace(/:\*$/, '').split(/\s+/)
    if (words.filter((word) => word !== '' && word !== '*').length > 1) return true
  }
  return script.error ? true : script.commands.flatMap(denyTexts).some(rule.matches)
}

function coversInput(
  content: string,
  input: Readonly<Record<string, unknown>>,
  { cwd, home }: ConditionContext,
): boolean {
  const path = input.file_path ?? input.notebook_path ?? input.path
  if (typeof path === 'string') return matchesPattern(content, path, cwd, home)
  const domain = /^domain:(.+)$/.exec(content)?.[1]
  if (domain !== undefined) return typeof input.url === 'string' && hostOf(input.url) === domain
  return [input.subagent_type, input.skill].includes(content)
}

/** `mcp__server` and `mcp__server__*` match all tools of the server. */
function coversServer(rule: string, name: string): boolean {
  if (rule === name || name.startsWith(`${rule}__`)) return true
  return rule.endsWith('*') && name.startsWith(rule.slice(0, -1))
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}
