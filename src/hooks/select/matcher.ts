import { type Context, createContext, Script } from 'node:vm'
import { eventRule } from '../config/event-table.js'
import type { Hook } from '../config/hook.js'

/** A word or a list of words; any other matcher is a regular expression. */
const LIST = /^[A-Za-z0-9_\- ,|]+$/

/**
 * Decides whether a matcher matches a value: empty and `*` match everything, a list of words matches exact words, and
 * anything else is an unanchored regular expression; an invalid one matches nothing (claude-code-2.1 section 2, oracle
 * h108, h109).
 */
export function matches(matcher: string, value: string): boolean {
  if (matcher === '' || matcher === '*') return true
  if (LIST.test(matcher)) return matcher.split(/[|,]/).some((word) => word.trim() === value)
  try {
    return covers(new RegExp(matcher), value)
  } catch {
    return false
  }
}

/** Time limit for a regular expression on a tool name, in ms: codex-plus is blocked while it runs. */
const LONGEST_MATCH_MS = 100
const TEST = new Script('pattern.test(value)')
let sandbox: Context | undefined

/** Some expressions never finish (`(a+)+$`). One that exceeds the time limit matches: a guard hook must not be skipped. */
function covers(pattern: RegExp, value: string): boolean {
  // Without repetition an expression cannot backtrack for long.
  if (!/[*+{]/.test(pattern.source)) return pattern.test(value)
  sandbox ??= createContext({})
  Object.assign(sandbox, { pattern, value })
  try {
    return TEST.runInContext(sandbox, { timeout: LONGEST_MATCH_MS }) === true
  } catch {
    return true
  }
}

/** Returns why a matcher can match nothing, as the end of a sentence; null if it is valid. */
export function matcherProblem(matcher: string): string | null {
  if (matcher === '*' || matcher === '' || LIST.test(matcher)) return null
  try {
    new RegExp(matcher)
    return null
  } catch (error) {
    return `it is not a valid regular expression (${(error as Error).message})`
  }
}

/** Decides whether the matcher of a hook matches a payload. A payload without the matched field matches all hooks. */
export function isMatched(hook: Hook, payload: Readonly<Record<string, unknown>>): boolean {
  const { field } = eventRule(hook.event)
  const value = field === null ? undefined : payload[field]
  if (typeof value !== 'string' || value === '') return true
  return toolNames(value).some((name) => matches(hook.matcher, name))
}

/** Returns all names of a tool: Claude Code renamed `Task`, which starts sub-agents, to `Agent`. */
export function toolNames(name: string): readonly string[] {
  return name === 'Task' || name === 'Agent' ? ['Task', 'Agent'] : [name]
}
