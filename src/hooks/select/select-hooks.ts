import { eventRule } from '../config/event-table.js'
import type { Hook } from '../config/hook.js'
import { holds } from './if-condition.js'
import { isMatched } from './matcher.js'

/**
 * The hooks that run for a payload, in the order of their files: matched, with their condition met, not spent, and each
 * once where several files name the same (oracle h097, h171).
 */
export function selectHooks(
  candidates: readonly Hook[],
  payload: Readonly<Record<string, unknown>>,
  home: string,
  spent: ReadonlySet<Hook>,
): Hook[] {
  const place = { cwd: typeof payload.cwd === 'string' ? payload.cwd : '/', home }
  const planned = new Map<string, Hook>()
  for (const hook of candidates) {
    if (spent.has(hook) || !isMatched(hook, payload)) continue
    // A rule about tools covers nothing that is no tool call.
    if (hook.condition !== '' && !(eventRule(hook.event).tool && holds(hook.condition, payload, place))) continue
    const key = identity(hook)
    if (!planned.has(key)) planned.set(key, hook)
  }
  return [...planned.values()]
}

function identity({ action }: Hook): string {
  if (action.type !== 'command') return JSON.stringify(action)
  return JSON.stringify([action.shell, action.command, action.args])
}
