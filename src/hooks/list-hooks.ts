import { printableLine } from '../terminal/printable.js'
import { commandsWithHooks } from './config/command-hooks.js'
import { EVENT_SUPPORT } from './config/event-support.js'
import { type Hook, hookName } from './config/hook.js'
import { parseHooks } from './config/parse-hooks.js'
import { problemLines } from './config/problem-lines.js'
import { createRegistry, UNTRUSTED } from './config/registry.js'
import { findProxyHooks, type ProxyHookFile } from './proxy-hooks/find-proxy-hooks.js'

/** A row of `hooks list`. */
export interface HookRow {
  readonly event: string
  readonly matcher: string
  readonly if: string
  readonly type: string
  readonly command: string
  readonly source: string
  /** Which part of codex or codex-plus delivers the event; null if the event is not supported. */
  readonly servedBy: string | null
  /** How the event differs from Claude Code, or why it is not supported. */
  readonly note: string | null
  /** Whether the hook runs: its event is supported and its file belongs to the user or to a trusted folder. */
  readonly runs: boolean
  /** Why the hook does not run; null if it does. */
  readonly why: string | null
}

/** The content of `hooks list`. */
export interface HookList {
  readonly hooks: readonly HookRow[]
  readonly problems: readonly string[]
}

export interface HookListOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Whether hooks are on in the settings. */
  readonly enabled: boolean
}

/** Lists every hook of a working directory (settings files, command front matter, proxy hooks), with the reason if one does not run. */
export function listHooks({ cwd, env, enabled }: HookListOptions): HookList {
  const off = enabled ? null : 'hooks are switched off'
  const { hooks, skipped, problems, trusted } = createRegistry({ cwd, env })()
  const ofCommands = commandsWithHooks(cwd, env).map((command) => {
    const source = { scope: 'command', file: command.path } as const
    const defined = parseHooks(command.frontMatter.hooks, source)
    const why = off ?? (command.trusted ? null : UNTRUSTED)
    const rows = defined.hooks.map((hook) => withNote(rowOf(hook, why), `once /${command.name} is invoked`))
    return { rows, problems: problemLines(command.path, defined.problems) }
  })
  const proxyHooks = findProxyHooks({ folder: cwd, env, trusted: () => true })
  return {
    hooks: [
      ...hooks.map((hook) => rowOf(hook, off)),
      ...skipped.map(({ hook, why }) => rowOf(hook, off ?? why)),
      ...ofCommands.flatMap(({ rows }) => rows),
      ...proxyHooks.files.map((file) =>
        proxyRow(file, off ?? (file.source === 'project' && !trusted ? UNTRUSTED : null)),
      ),
    ],
    problems: [...problems, ...ofCommands.flatMap((command) => command.problems), ...proxyHooks.problems],
  }
}

/** Formats the list as text: two lines per hook (hook, source and state), problems at the end. */
export function listText({ hooks, problems }: HookList): string {
  const rows = hooks.map((row) => {
    const matcher = row.matcher === '' ? '' : ` ${row.matcher}`
    const condition = row.if === '' ? '' : ` if ${row.if}`
    const state =
      row.why === null ? `by ${row.servedBy}${row.note === null ? '' : `; ${row.note}`}` : `skipped: ${row.why}`
    return `${printableLine(`${row.event}${matcher}${condition}  [${row.command}]`)}\n    ${printableLine(`${row.source}; ${state}`)}`
  })
  return [
    ...(rows.length === 0 ? ['No hooks are configured for this folder.'] : rows),
    ...problems.map(printableLine),
  ].join('\n')
}

function rowOf(hook: Hook, why: string | null): HookRow {
  const { event, matcher, condition, action, source } = hook
  const service = EVENT_SUPPORT.find((candidate) => candidate.event === event)
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

function proxyRow({ kind, path, program }: ProxyHookFile, why: string | null): HookRow {
  return {
    event: kind,
    matcher: '',
    if: '',
    type: program === null ? 'module' : 'filter',
    command: program === null ? path : program.join(' '),
    source: path,
    servedBy: 'the proxy',
    note: null,
    runs: why === null,
    why,
  }
}

function withNote(row: HookRow, note: string): HookRow {
  return { ...row, note: row.note === null ? note : `${note}; ${row.note}` }
}
