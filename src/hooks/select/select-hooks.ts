// This folder selects the hooks that run for an event: matcher, `if` condition, duplicates.
import { eventRule } from '../config/event-table.js'
import type { Hook } from '../config/hook.js'
import { meetsCondition } from './if-condition.js'
import { isMatched } from './matcher.js'

/**
 * Returns the hooks that run for a payload, in the order of their files: the matcher matches, the `if` condition is met,
 * and a `once` hook has not run yet. A hook that several files configure runs once (oracle h097, h171).
 */
export function selectHooks(
  candidates: readonly Hook[],
  payload: Readonly<Record<string, unknown>>,
  home: string,
  ranOnce: ReadonlySet<Hook>,
): Hook[] {
  const context = { cwd: typeof payload.cwd === 'string' ? payload.cwd : '/', home }
  const selected = new Map<string, Hook>()
  for (const hook of candidates) {
    if (ranOnce.has(hook) || !isMatched(hook, payload)) continue
    // An `if` rule matches only tool calls.
    if (hook.condition !== '' && !(eventRule(hook.event).tool && meetsCondition(hook.condition, payload, context)))
      continue
    const key = identity(hook)
    if (!selected.has(key)) selected.set(key, hook)
  }
  return [...selected.values()]
}

function identity({ action }: Hook): string {
  if (action.type !== 'command') return JSON.stringify(action)
  return JSON.stringify([action.shell, action.command, action.args])
}
