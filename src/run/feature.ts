import type { CommandExtension } from '../commands/command-extension.js'
import type { CommandRow } from '../commands/list-commands.js'
import type { TypedNames } from '../commands/typed-names.js'
import type { Settings } from '../config/settings.js'
import type { ClaudeHooks } from '../hooks/engine.js'
import type { Log } from '../log/log.js'
import type { Routes } from '../proxy/app.js'
import type { Observer, Reshape, Stage } from '../proxy/exchange.js'
import type { PipelineParts } from '../proxy/pipeline.js'
import type { Recorder } from '../session/recorder.js'
import type { SessionSummary } from '../session/session-summary.js'
import type { TerminalInterceptor } from '../terminal/interceptor.js'
import type { Start } from './start.js'

/** One run of codex behind the proxy, as the features that join it see it. */
export interface Run extends Start {
  /** Where codex works: `-C DIR`, or where we were started. */
  readonly folder: string
  readonly settings: Settings
  /** `echo`, the user's own server, or null for the one that fits the login of each request. */
  readonly base: 'echo' | URL | null
  /** Whether codex's TUI runs, in a PTY of ours. */
  readonly interactive: boolean
  readonly log: Log
  /** What the features offer each other. */
  readonly offers: Offers
}

/** What one feature has for the others; filled while the features open, read when requests come. */
export interface Offers {
  /** Further commands, and changes of what a command file gave. */
  readonly extensions: CommandExtension[]
  /** The hooks of the place, where they are switched on. */
  hooks?: ClaudeHooks
  /** One line a topic for `/status`, made when it is asked for. */
  readonly status: Map<string, () => string>
  /** The commands that are typed in codex's TUI, once they are known. */
  typed?: TypedNames
  /** What this run did so far; also where nothing is recorded. */
  session?: () => SessionSummary
  /** Writes a thread into Markdown and JSON files of a name or path, and returns theirs; absent where nothing is recorded. */
  saveSession?: (threadId: string, name: string, cwd: string) => Promise<readonly string[]>
  /** Keeps in the thread's session what the hooks of an event did. */
  hookRan?: Recorder['hookRan']
  /** Every command as it is known now. */
  rows?: () => readonly CommandRow[]
  /** Calls a tool of an MCP server and returns its text. Rejects where the server or the tool fails. */
  callTool?: (
    server: string,
    tool: string,
    input: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ) => Promise<string>
  /** The way upstream, for side calls of ours. */
  upstream?: Pick<PipelineParts, 'address' | 'send'>
}

/** One part of codex-plus in a run. What it needs before codex starts has to be cheap; the rest is loaded behind it. */
export interface Feature {
  /** `-c` overrides codex is started with. `proxy` is the address of our own routes, `http://127.0.0.1:PORT/<secret>`. */
  overrides?(proxy: string): readonly string[]
  /** `key=value` in place of an override of the user's own, by its index in their arguments. */
  replaced?(proxy: string): ReadonlyMap<number, string>
  /** Variables codex is started with. */
  env?(proxy: string): NodeJS.ProcessEnv
  /** Loads the rest, once, while codex starts. */
  open?(proxy: string): Promise<FeatureParts>
  /** Reads the screen and what is typed; asked for before the TUI starts, and only then. */
  interceptor?(): Promise<TerminalInterceptor>
  /** Gets the means to show a text in the title of the TUI's terminal. */
  title?(show: (text: string) => void): void
  /** codex has ended. */
  close?(): Promise<void>
}

/** What a feature adds to the proxy. */
export interface FeatureParts {
  readonly stages?: readonly Stage[]
  readonly reshapes?: readonly Reshape[]
  readonly observers?: readonly Observer[]
  readonly routes?: Routes
}
