import { wildcard } from '../config/wildcard.js'
import { judgeCommand } from './judge-command.js'
import { judgeEdit, judgeRead } from './judge-file.js'
import { byRule, type Judgement, NO_JUDGEMENT, ruleNote } from './judgement.js'
import { type PermissionRule, parseRule } from './parse-rule.js'
import type { Policy } from './policy.js'

/** A call of a tool, by the name and with the input that Claude Code's tool has. */
export interface ToolCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

const EDITORS: ReadonlySet<string> = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit'])
/** Tools that Claude Code asks for where no rule allows them; its other ones run without. */
const ASKED: ReadonlySet<string> = new Set(['WebFetch', 'WebSearch'])

/** Judges a call of the model in the folder `cwd`: deny over ask over allow, of all scopes. */
export function judgeCall(call: ToolCall, cwd: string, policy: Policy): Judgement {
  const judgement = judgeByRules(call, cwd, policy)
  if (policy.mode !== 'dontAsk' || judgement.verdict !== 'ask') return judgement
  const reason = `Permission to use ${call.name} has been denied. (${judgement.reason}, and the mode is dontAsk)`
  return { ...judgement, verdict: 'deny', reason }
}

function judgeByRules({ name, input }: ToolCall, cwd: string, policy: Policy): Judgement {
  if (name === 'Bash') return judgeCommand(text(input.command), cwd, policy)
  const file = text(input.file_path ?? input.notebook_path)
  if (EDITORS.has(name)) return file === '' ? judgeByName(name, input, policy) : judgeEdit(name, file, cwd, policy)
  if (name === 'Read') return file === '' ? judgeByName(name, input, policy) : judgeRead(name, file, cwd, policy)
  return judgeByName(name, input, policy)
}

/** Whether a rule of a tool without files and commands covers a call; a rule without parentheses covers all. */
export function coversCall(rule: PermissionRule, name: string, input: ToolCall['input']): boolean {
  if (rule.tool.startsWith('mcp__')) return rule.content === undefined && coversServer(rule.tool, name)
  if (!namesOf(name).includes(rule.tool)) return false
  if (rule.content === undefined) return true
  const domain = /^domain:(.+)$/.exec(rule.content)?.[1]
  if (domain !== undefined) return typeof input.url === 'string' && coversHost(domain, input.url)
  return [input.subagent_type, input.skill].includes(rule.content)
}

/** All names of a tool: Claude Code renamed `Task`, which starts sub-agents, to `Agent`. */
export function namesOf(name: string): readonly string[] {
  return name === 'Task' || name === 'Agent' ? ['Task', 'Agent'] : [name]
}

function judgeByName(name: string, input: ToolCall['input'], policy: Policy): Judgement {
  const covering = (rules: Policy['allow']): Policy['allow'][number] | undefined =>
    rules.find(({ rule }) => {
      const parsed = parseRule(rule)
      return parsed !== undefined && coversCall(parsed, name, input)
    })
  const denied = covering(policy.deny)
  if (denied) return byRule(denied, `Permission to use ${name} has been denied. (${ruleNote(denied)})`)
  const asked = covering(policy.ask)
  if (asked) return byRule(asked, `the ${ruleNote(asked)} covers ${name}`)
  const allowed = covering(policy.allow)
  if (allowed) return byRule(allowed, `the ${ruleNote(allowed)} covers it`)
  if (!ASKED.has(name) && !name.startsWith('mcp__')) return NO_JUDGEMENT
  if (policy.mode === 'bypassPermissions') return { verdict: 'allow', rule: null, reason: 'the mode allows it' }
  if (policy.mode !== 'dontAsk') return NO_JUDGEMENT
  const reason = `Permission to use ${name} has been denied. (no rule allows it, and the mode is dontAsk)`
  return { verdict: 'deny', rule: null, reason }
}

/** `mcp__server` and `mcp__server__*` cover all tools of the server. codex writes some names with `_` in place of `-`. */
function coversServer(rule: string, name: string): boolean {
  const [wanted, given] = [rule, name].map((each) => each.replaceAll('-', '_')) as [string, string]
  if (wanted === given || given.startsWith(`${wanted}__`)) return true
  return wanted.endsWith('*') && wildcard(wanted, given)
}

function coversHost(domain: string, url: string): boolean {
  if (!URL.canParse(url)) return false
  const host = new URL(url).hostname.replace(/\.$/, '')
  const wanted = domain.toLowerCase()
  return wanted.includes('*') ? wildcard(wanted, host) : wanted === host
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
