import { type Context, createContext, Script } from 'node:vm'
import { eventRule } from '../config/event-table.js'
import type { Hook } from '../config/hook.js'

/** Words and lists of words; anything else is a regular expression. */
const LIST = /^[A-Za-z0-9_\- ,|]+$/

/**
 * Whether a matcher covers a value: empty and `*` cover all, a list of words by exact words, and anything else is an
 * unanchored regular expression; one that is broken covers nothing (claude-code-2.1 section 2, oracle h108, h109).
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

/** Longer than any sensible expression takes on the name of a tool, in ms: everything of ours waits meanwhile. */
const LONGEST_MATCH_MS = 100
const TEST = new Script('pattern.test(value)')
let room: Context | undefined

/** Some expressions take years (`(a+)+$`). One that does not come to an end covers: a guard is better asked in vain. */
function covers(pattern: RegExp, value: string): boolean {
  // Without repetition there is nothing to try again and again.
  if (!/[*+{]/.test(pattern.source)) return pattern.test(value)
  room ??= createContext({})
  Object.assign(room, { pattern, value })
  try {
    return TEST.runInContext(room, { timeout: LONGEST_MATCH_MS }) === true
  } catch {
    return true
  }
}

/** Why a matcher covers nothing, as the end of a sentence; null where it can cover something. */
export function matcherProblem(matcher: string): string | null {
  if (matcher === '*' || matcher === '' || LIST.test(matcher)) return null
  try {
    new RegExp(matcher)
    return null
  } catch (error) {
    return `the matcher is no regular expression (${(error as Error).message})`
  }
}

/** Whether a hook is for this payload, as far as its matcher says. A payload without the field is for all hooks. */
export function isMatched(hook: Hook, payload: Readonly<Record<string, unknown>>): boolean {
  const { field } = eventRule(hook.event)
  const value = field === null ? undefined : payload[field]
  if (typeof value !== 'string' || value === '') return true
  return toolNames(value).some((name) => matches(hook.matcher, name))
}

/** The names a hook may know a tool by: the one that starts sub-agents was renamed. */
export function toolNames(name: string): readonly string[] {
  return name === 'Task' || name === 'Agent' ? ['Task', 'Agent'] : [name]
}
