import type { Command } from '../../commands/read-command.js'
import type { HookContext } from '../decide/hook-decision.js'
import type { Hook } from './hook.js'
import { parseHooks } from './parse-hooks.js'
import { problemLines } from './problem-lines.js'

/** What the engine remembers of one session. */
export interface SessionState {
  /** Hooks of commands that were invoked. */
  readonly hooks: Hook[]
  /** Those that were to run once and did. */
  readonly spent: Set<Hook>
  /** What hooks had to say that nobody waited for, until an event can carry it. */
  readonly late: HookContext[]
}

export interface SessionHooksOptions {
  trusted(): boolean
  onNotice(line: string): void
  /** What is wrong in the front matter of a command, a line each. */
  onProblems(lines: readonly string[]): void
}

/** Keeps what belongs to sessions and not to settings files. */
export interface SessionHooks {
  of(session: string): SessionState
  hooks(session: string): readonly Hook[]
  events(): Set<string>
  invoked(command: Command, session: string): void
}

/** Makes the memory of the sessions of one run. */
export function createSessionHooks({ trusted, onNotice, onProblems }: SessionHooksOptions): SessionHooks {
  const sessions = new Map<string, SessionState>()
  const of = (session: string): SessionState => {
    const state = sessions.get(session) ?? { hooks: [], spent: new Set(), late: [] }
    sessions.set(session, state)
    return state
  }
  return {
    of,
    hooks: (session) => sessions.get(session)?.hooks ?? [],
    events: () => new Set([...sessions.values()].flatMap(({ hooks }) => hooks.map(({ event }) => event))),
    invoked(command, session) {
      if (command.frontMatter.hooks === undefined) return
      if (of(session).hooks.some(({ source }) => source.file === command.path)) return
      if (command.source === 'project' && !trusted()) {
        return onNotice(
          `${command.path}: its hooks do not run in a folder you have not trusted. Run \`codex-plus plus trust\` first.`,
        )
      }
      const { hooks, problems } = parseHooks(command.frontMatter.hooks, { scope: 'command', file: command.path })
      onProblems(problemLines(command.path, problems))
      of(session).hooks.push(...hooks)
    },
  }
}
