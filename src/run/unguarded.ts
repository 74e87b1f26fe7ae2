import type { Run } from './feature.js'
import type { HookEngines } from './hook-engine.js'
import { type Asked, type Unasked, unaskedHooks, unaskedOfCommand, unaskedRules } from './hook-events.js'
import { type RunRules, saysAnything } from './run-rules.js'

/** What of a run's folders could not be kept. */
export interface Guards {
  readonly engines: HookEngines | null
  readonly rules: RunRules | null
  readonly asked: Asked
  /** The message about a codex that runs no hooks; null for one that does. */
  readonly disabled: string | null
}

/**
 * Refuses what must not go on in a folder: a thread, or a command, whose hooks or rules may deny something and are not asked.
 * What denies nothing is named in one message. A thread in the folder that codex started in needs no check: codex asks about
 * what that folder needs.
 */
export function refuseUnguarded(run: Run, { engines, rules, asked, disabled }: Guards): void {
  const { folder: start, notices, offers } = run
  const check = (kind: keyof typeof LOST, unasked: Unasked | null, remedy: string): string | null => {
    if (unasked === null) return null
    const what = `the ${kind} of ${unasked.files.join(', ')} (${unasked.what.join(', ')}) ${LOST[kind]} in this session: codex got what it asks about when it started, in ${start}.`
    if (unasked.guards) return `codex-plus: nothing was sent, as ${what} ${remedy}`
    notices.tell(`${what} ${remedy}`)
    return null
  }
  offers.refusals.push((folder, threadId) => {
    if (folder === start) return null
    const hooks = engines?.of(folder)
    const own = rules?.of(folder)
    if (disabled !== null) {
      if (hooks?.registered().hooks.length || (own && saysAnything(own))) notices.tell(disabled)
      return null
    }
    const remedy = `Leave codex and run \`codex-plus -C ${shellWord(folder)} resume ${threadId}\`.`
    if (own) tellRest(own, asked, folder, run)
    return (
      (own ? check('permission rules', unaskedRules(own, asked), remedy) : null) ??
      (hooks ? check('hooks', unaskedHooks(hooks, asked), remedy) : null)
    )
  })
  offers.refusalOf = (command, folder) => {
    // The hooks of a project that is not trusted do not run, which is said where the command is invoked.
    const hooks = engines?.of(folder)
    const runs = hooks && (command.source !== 'project' || hooks.registered().trusted)
    if (disabled !== null || !runs) return null
    return check('hooks', unaskedOfCommand(command, asked), `Start codex-plus again, in ${folder}.`)
  }
}

const LOST = { hooks: 'cannot run', 'permission rules': 'do not hold' }

/** Names what a folder's rules allow and codex cannot be told any more. */
function tellRest(
  { settings, reach, directories }: ReturnType<RunRules['of']>,
  { events }: Asked,
  folder: string,
  { folder: start, notices, interactive }: Run,
): void {
  const lost = directories.length > 0 ? [`additionalDirectories ${directories.join(', ')}`] : []
  if (interactive && reach.allows && !events.includes('PermissionRequest')) {
    lost.unshift(...settings.rules.filter(({ kind }) => kind === 'allow').map(({ rule }) => `allow ${rule}`))
  }
  if (lost.length === 0) return
  notices.tell(
    `${folder}: ${lost.join(', ')} of its settings cannot count in this thread: codex was told what it may do when it started, in ${start}. Start codex-plus in ${folder} to use them.`,
  )
}

/** Writes a path as a shell takes it. */
function shellWord(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
