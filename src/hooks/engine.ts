// The hook engine: finds the `.claude` hooks of a working directory (config), selects those that match an event (select),
// runs them (run) and combines their results into one decision (decide). codex/ connects it to codex; request/, response/
// and proxy-hooks/ run the hooks that change requests and responses in the proxy.
import { join } from 'node:path'
import type { Command } from '../commands/read-command.js'
import type { SessionSnapshot } from '../config/session-snapshot.js'
import { homeFolder, xdgFolder } from '../paths.js'
import type { Hook } from './config/hook.js'
import { createRegistry, type Registered } from './config/registry.js'
import { createSessionHooks, type SessionHooks } from './config/session-hooks.js'
import type { AggregatedOutcome } from './decide/aggregate.js'
import type { HookOutcome } from './decide/event-outcome.js'
import { claudeFilesOf } from './run/kept-program.js'
import type { CallTool } from './run/mcp-tool-hook.js'
import type { ModelCall } from './run/prompt-hook.js'

/** Runs the `.claude` hooks of a working directory. */
export interface HookEngine {
  /** Returns the events with at least one hook that may run. */
  events(): ReadonlySet<string>
  /** Runs the hooks of an event that match `payload`, Claude Code's stdin JSON of that event. Never rejects. */
  run(event: string, payload: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<HookOutcome>
}

export interface HookEngineOptions {
  /** The working directory of the session; its `.claude` is read. */
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** `closed`: a hook that fails blocks the operation (`hooks.onError`); default `open`. */
  readonly onError?: 'open' | 'closed'
  /** Runs project hooks as if the folder were trusted. */
  readonly assumeTrust?: boolean
  /** The settings files and hook programs as they were when the session began; without it they are read as they are. */
  readonly snapshot?: SessionSnapshot
  /** Asks a model, for hooks of type `prompt`. */
  readonly modelCall?: ModelCall
  /** Calls a tool of an MCP server, for hooks of type `mcp_tool`. */
  readonly callTool?: CallTool
  /** Returns the events that command front matter may add hooks for later in the session; called once. */
  readonly commandEvents?: () => Iterable<string>
  /** Folders for long outputs and for CLAUDE_ENV_FILE files; default: below codex-plus's XDG state folder. */
  readonly outputFolder?: string
  readonly envFolder?: string
  /** The states of the sessions, which the engines of one run share; default: of this engine alone. */
  readonly sessions?: SessionHooks
  /** Receives a one-line warning. */
  onNotice?(line: string): void
  /** Everything that is wrong in the files that were read, a line each; without it each line is a notice. */
  onProblems?(lines: readonly string[]): void
}

/** The hook engine with the additional functions that codex-plus's own features use. */
export interface ClaudeHooks extends HookEngine {
  run(event: string, payload: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<AggregatedOutcome>
  /** Returns the hooks as currently configured, the skipped hooks, and the problems in the settings files. */
  registered(): Registered
  /** Adds the hooks in the front matter of an invoked command for the rest of the session. */
  invoked(command: Command, sessionId: string): void
  /** Returns the events that need codex: those with hooks, and those that trust or a command may add hooks for. */
  needed(): ReadonlySet<string>
  /** Waits up to `waitMs` ms (default 1000) for async hooks, then ends the remaining ones and all their processes. */
  settled(waitMs?: number): Promise<void>
}

/** Creates the hook engine of a working directory. Starts nothing until a hook has to run. */
export function createHookEngine(options: HookEngineOptions): ClaudeHooks {
  const { cwd, env, snapshot } = options
  const registered = createRegistry(options)
  const state = xdgFolder('state', env)
  const onNotice = (line: string): void => options.onNotice?.(line)
  const onProblems = options.onProblems ?? ((messages: readonly string[]): void => messages.forEach(onNotice))
  const sessions = options.sessions ?? createSessionHooks({ onNotice, onProblems })
  const reported = new Set<string>()
  let seen: Registered | undefined

  const current = (): Registered => {
    const now = registered()
    if (now === seen) return now
    seen = now
    if (snapshot !== undefined) keepPrograms(now, cwd, snapshot)
    onProblems(now.problems.filter((problem) => !reported.has(problem)))
    for (const problem of now.problems) reported.add(problem)
    return now
  }
  let commandEvents: readonly string[] | undefined
  const ofCommands = (): readonly string[] => {
    commandEvents ??= [...(options.commandEvents?.() ?? [])]
    return [...sessions.events(), ...commandEvents]
  }
  return {
    registered,
    events: () => new Set([...current().hooks.map(({ event }) => event), ...ofCommands()]),
    needed: () => new Set([...current().events, ...ofCommands()]),
    async run(event, payload, signal) {
      const { hooks, env: variables } = current()
      const session = String(payload.session_id ?? '')
      const candidates: Hook[] = [...hooks, ...sessions.hooks(session)].filter((hook) => hook.event === event)
      const { runHooks } = await import('./run/run-hooks.js')
      return await runHooks(event, candidates, payload, {
        home: homeFolder(env),
        outputFolder: options.outputFolder ?? join(state, 'outputs'),
        failClosed: options.onError === 'closed',
        session: sessions.of(session),
        background: sessions.background,
        ending: sessions.ending.signal,
        onNotice,
        context: {
          projectDir: cwd,
          pathOf: (file) => snapshot?.pathOf(file) ?? file,
          env: { ...env, ...variables },
          envFolder: options.envFolder ?? join(state, 'session-env'),
          modelCall: options.modelCall,
          callTool: options.callTool,
          signal,
          say: onNotice,
        },
      })
    },
    invoked: (command, sessionId) => sessions.invoked(command, sessionId),
    async settled(waitMs = 1000) {
      const timer = setTimeout(() => sessions.ending.abort(), waitMs)
      await Promise.all(sessions.background)
      clearTimeout(timer)
      await (await import('../process/process-groups.js')).endGroups()
    },
  }
}

/** Keeps the files below `.claude` that the hooks name, so that they run as they were when the session began. */
function keepPrograms({ hooks, skipped }: Registered, cwd: string, snapshot: SessionSnapshot): void {
  for (const { action } of [...hooks, ...skipped.map(({ hook }) => hook)]) {
    if (action.type !== 'command') continue
    const words = [action.command, ...(action.args ?? [])].join(' ')
    for (const file of claudeFilesOf(words, cwd)) snapshot.keep(file)
  }
}
