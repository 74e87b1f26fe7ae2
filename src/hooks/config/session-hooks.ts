import type { Command } from '../../commands/read-command.js'
import type { HookContext } from '../decide/hook-decision.js'
import type { Hook } from './hook.js'
import { parseHooks } from './parse-hooks.js'
import { problemLines } from './problem-lines.js'

/** The engine's state of one session. */
export interface SessionState {
  /** Hooks of invoked commands. */
  readonly hooks: Hook[]
  /** Hooks with `once` that have run. */
  readonly ranOnce: Set<Hook>
  /** Outputs of async hooks that no event has delivered yet. */
  readonly late: HookContext[]
}

export interface SessionHooksOptions {
  onNotice(line: string): void
  /** What is wrong in the front matter of a command, a line each. */
  onProblems(lines: readonly string[]): void
}

/** Holds the per-session state: command hooks, `once` hooks and late outputs. */
export interface SessionHooks {
  /** Returns the state of a session, created if needed. */
  of(session: string): SessionState
  hooks(session: string): readonly Hook[]
  /** Returns the events with hooks in any session. */
  events(): Set<string>
  /** Adds the hooks of an invoked command, once per session; warns if its project is not trusted or its file not confirmed. */
  invoked(command: Command, session: string): void
  /** The running async hooks. */
  readonly background: Set<Promise<void>>
  /** Aborted when the async hooks have to end. */
  readonly ending: AbortController
}

/** Creates the session states of one run, which the engines of all its folders share. */
export function createSessionHooks({ onNotice, onProblems }: SessionHooksOptions): SessionHooks {
  const sessions = new Map<string, SessionState>()
  const of = (session: string): SessionState => {
    const state = sessions.get(session) ?? { hooks: [], ranOnce: new Set(), late: [] }
    sessions.set(session, state)
    return state
  }
  return {
    of,
    hooks: (session) => sessions.get(session)?.hooks ?? [],
    events: () => new Set([...sessions.values()].flatMap(({ hooks }) => hooks.map(({ event }) => event))),
    background: new Set(),
    ending: new AbortController(),
    invoked(command, session) {
      if (command.frontMatter.hooks === undefined) return
      if (of(session).hooks.some(({ source }) => source.file === command.path)) return
      if (!command.trusted) {
        return onNotice(
          `${command.path}: its hooks do not run in a folder you have not trusted. Run \`codex-plus plus trust\` first.`,
        )
      }
      if (command.held) {
        return onNotice(
          `${command.path}: its hooks do not run: the file has changed, and since then the model may have written it. Read it, then run \`codex-plus plus trust\`.`,
        )
      }
      const { hooks, problems } = parseHooks(command.frontMatter.hooks, { scope: 'command', file: command.path })
      onProblems(problemLines(command.path, problems))
      of(session).hooks.push(...hooks)
    },
  }
}
