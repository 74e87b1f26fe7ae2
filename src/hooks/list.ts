import { EVENT_SERVICES } from './events.js'
import { type Hook, hookName } from './hook.js'
import type { Registered } from './registry.js'

/** One hook as `hooks list` shows it. */
export interface HookRow {
  readonly event: string
  readonly matcher: string
  readonly if: string
  readonly type: string
  readonly command: string
  readonly source: string
  /** What brings the event to it; null where nothing can. */
  readonly servedBy: string | null
  /** What is different from Claude Code, or why it cannot be served. */
  readonly note: string | null
  /** Whether its file may run something: the user's own, and those of trusted folders. */
  readonly runs: boolean
  /** Why it does not run; null where it does. */
  readonly why: string | null
}

/** What `hooks list` shows. */
export interface HookList {
  readonly hooks: readonly HookRow[]
  readonly problems: readonly string[]
}

/** Every hook of the settings files, in their order, those that do not run with the reason. */
export function listHooks({ hooks, skipped, problems }: Registered, enabled: boolean): HookList {
  const off = enabled ? null : 'hooks are switched off'
  const rows = [...hooks.map((hook) => rowOf(hook, off)), ...skipped.map(({ hook, why }) => rowOf(hook, off ?? why))]
  return { hooks: rows, problems }
}

/** The list for a person: a line a hook, its source below, and what is wrong at the end. */
export function listText({ hooks, problems }: HookList): string {
  const rows = hooks.map((row) => {
    const matcher = row.matcher === '' ? '' : ` ${row.matcher}`
    const condition = row.if === '' ? '' : ` if ${row.if}`
    const state =
      row.why === null ? `by ${row.servedBy}${row.note === null ? '' : `; ${row.note}`}` : `skipped: ${row.why}`
    return `${row.event}${matcher}${condition}  [${row.command}]\n    ${row.source}; ${state}`
  })
  return [...(rows.length === 0 ? ['There are no hooks here.'] : rows), ...problems].join('\n')
}

function rowOf(hook: Hook, why: string | null): HookRow {
  const { event, matcher, condition, action, source } = hook
  const service = EVENT_SERVICES.find((candidate) => candidate.event === event)
  const served = service?.by ?? null
  const unserved = served === null ? (service?.note ?? 'there is no such event') : null
  const reason = why ?? (unserved === null ? null : `this event cannot be served: ${unserved}`)
  return {
    event,
    matcher,
    if: condition,
    type: action.type,
    command: hookName(hook),
    source: source.file,
    servedBy: served,
    note: service?.note ?? (service ? null : 'there is no such event'),
    runs: reason === null,
    why: reason,
  }
}
