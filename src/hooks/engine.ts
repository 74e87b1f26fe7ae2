import { join } from 'node:path'
import type { Command } from '../commands/read-command.js'
import { homeFolder, xdgFolder } from '../paths.js'
import type { Hook } from './config/hook.js'
import { createRegistry, type Registered } from './config/registry.js'
import { createSessionHooks } from './config/session-hooks.js'
import type { AggregatedOutcome } from './decide/aggregate.js'
import type { HookOutcome } from './decide/event-outcome.js'
import type { CallTool } from './run/mcp-tool-hook.js'
import type { ModelCall } from './run/prompt-hook.js'

/** Runs the `.claude` hooks of a place. */
export interface HookEngine {
  /** The events with at least one hook that may run. */
  events(): ReadonlySet<string>
  /** Runs the hooks of an event that match the payload, Claude Code's stdin JSON of that event. It never rejects. */
  run(event: string, payload: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<HookOutcome>
}

export interface HookEngineOptions {
  /** Where the session was started: whose `.claude` counts. */
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Whether a hook that fails stops what it was asked about (`hooks.onError`); `open` by default. */
  readonly onError?: 'open' | 'closed'
  /** Runs a project's hooks as if its folder were trusted. */
  readonly assumeTrust?: boolean
  /** Asks a model, for hooks of type `prompt`. */
  readonly modelCall?: ModelCall
  /** Calls a tool of an MCP server, for hooks of type `mcp_tool`. */
  readonly callTool?: CallTool
  /** Events that the front matter of commands may bring hooks for while the session runs; asked once. */
  readonly expected?: () => Iterable<string>
  /** Where long outputs are kept, and the files for variables; below our XDG state folder by default. */
  readonly outputFolder?: string
  readonly envFolder?: string
  /** One line about something that went wrong. */
  onNotice?(line: string): void
}

/** The engine, with what our own features need beyond the contract. */
export interface ClaudeHooks extends HookEngine {
  run(event: string, payload: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<AggregatedOutcome>
  /** The hooks as they are configured now, those that do not run, and what is wrong in the files. */
  registered(): Registered
  /** A command was invoked: its front matter's hooks count for the rest of the session. */
  invoked(command: Command, sessionId: string): void
  /** Waits for the hooks that nobody waited for, and ends those that are not done after so many ms (1000); nothing of them is left then. */
  settled(waitMs?: number): Promise<void>
}

/** Makes the hook engine of a place. Nothing is started before a hook has to run, and files are read when they changed. */
export function createHookEngine(options: HookEngineOptions): ClaudeHooks {
  const { cwd, env } = options
  const registered = createRegistry(options)
  const state = xdgFolder('state', env)
  const onNotice = (line: string): void => options.onNotice?.(line)
  const sessions = createSessionHooks({ trusted: () => registered().trusted, onNotice })
  const said = new Set<string>()

  const current = (): Registered => {
    const now = registered()
    for (const problem of now.problems) {
      if (!said.has(problem)) onNotice(problem)
      said.add(problem)
    }
    return now
  }
  const later = new Set<Promise<void>>()
  const ending = new AbortController()
  let expected: readonly string[] | undefined
  return {
    registered,
    events() {
      const { hooks } = current()
      expected ??= [...(options.expected?.() ?? [])]
      return new Set([...hooks.map(({ event }) => event), ...sessions.events(), ...expected])
    },
    async run(event, payload, signal) {
      const { hooks, env: variables } = current()
      const session = String(payload.session_id ?? '')
      const candidates: Hook[] = [...hooks, ...sessions.hooks(session)].filter((hook) => hook.event === event)
      const { runHooks } = await import('./run/run-hooks.js')
      return await runHooks(event, candidates, payload, {
        home: homeFolder(env),
        outputFolder: options.outputFolder ?? join(state, 'outputs'),
        closed: options.onError === 'closed',
        session: sessions.of(session),
        later,
        ending: ending.signal,
        onNotice,
        context: {
          projectDir: cwd,
          env: { ...env, ...variables },
          envFolder: options.envFolder ?? join(state, 'session-env'),
          modelCall: options.modelCall,
          callTool: options.callTool,
          signal,
        },
      })
    },
    invoked: (command, sessionId) => sessions.invoked(command, sessionId),
    async settled(waitMs = 1000) {
      const timer = setTimeout(() => ending.abort(), waitMs)
      await Promise.all(later)
      clearTimeout(timer)
      await (await import('../process/process-groups.js')).endGroups()
    },
  }
}
