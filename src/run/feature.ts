import type { CommandRow } from '../commands/list-commands.js'
import type { Command } from '../commands/read-command.js'
import type { TypedNames } from '../commands/typed-names.js'
import type { ConfirmedFiles } from '../config/confirmed-files.js'
import type { SessionSnapshot } from '../config/session-snapshot.js'
import type { Settings } from '../config/settings.js'
import type { ClaudeHooks } from '../hooks/engine.js'
import type { Log } from '../log/log.js'
import type { ThreadFolders } from '../prompt/thread-folders.js'
import type { Routes } from '../proxy/app.js'
import type { Observer, Reshape, Stage } from '../proxy/exchange.js'
import type { PipelineParts } from '../proxy/pipeline.js'
import type { RouteBase } from '../proxy/server.js'
import type { Recorder } from '../session/recorder.js'
import type { SessionSummary } from '../session/session-summary.js'
import type { TerminalInterceptor } from '../terminal/interceptor.js'
import type { Extensions } from './extensions.js'
import type { Start } from './start.js'

/** One run of codex behind the proxy, as the features see it. */
export interface Run extends Start {
  /** The working directory codex starts in: `-C DIR`, otherwise that of codex-plus. */
  readonly folder: string
  /** The working directories of codex's threads: `--worktree`, `/cd` and the app-server's clients choose others. */
  readonly folders: ThreadFolders
  /** The settings of `folder`; those that belong to the whole run are taken from here. */
  readonly settings: Settings
  /** Returns the settings of a thread's folder. */
  settingsOf(folder: string): Promise<Settings>
  /** `echo`, a server set by the user, or null for the server that matches the login of each request. */
  readonly base: 'echo' | URL | null
  /** Whether codex's TUI runs, in a PTY of codex-plus. */
  readonly interactive: boolean
  /** Whether codex serves clients, whose threads may be in any folder (`app-server`). */
  readonly serves: boolean
  /** Whether the command line makes codex trust `folder` (`exec --trust`). */
  readonly grantsTrust: boolean
  readonly log: Log
  /** The configuration files and hook programs of each folder as they were when the session began to use it. */
  readonly snapshot: SessionSnapshot
  /** Returns what the user has confirmed of the files that a project may run. Its files are kept on the first call. */
  confirmedOf(folder: string): ConfirmedFiles
  /** The functions that features provide to each other. */
  readonly offers: Offers
}

/** The functions that features provide to each other; set while the features open, used when requests arrive. */
export interface Offers {
  /** Additional commands, and changes to expanded command files. */
  readonly extensions: Extensions
  /** Credentials of this run that nothing may record, besides those that are known by their form. */
  readonly secrets: string[]
  /** Called with the folder of a thread before each of its prompts and of its model requests. */
  readonly beforeTurn: Array<(folder: string) => void>
  /** Each returns why a thread must not go on in a folder, as a message for the user; null when it may. */
  readonly refusals: Array<(folder: string, threadId: string) => string | null>
  /** Returns why a command must not run, as codex does not ask about the hooks of its front matter; null when it may. */
  refusalOf?: (command: Command, folder: string) => string | null
  /** Returns the hook engine of a folder, if hooks are on. */
  hooksOf?: (folder: string) => ClaudeHooks
  /** Whether messages may have to be shown in the TUI while it runs, which only a hook of codex can do. */
  needsVoice?: boolean
  /** Whether a hook has ended a turn before its first model request. */
  heldBack?: boolean
  /** Returns a hint about a prompt that looks like a mistyped command; null without one. */
  hintFor?: (folder: string, prompt: string) => Promise<string | null>
  /** One line per topic for `/status`, created on request. */
  readonly status: Map<string, () => string>
  /** The command names that can be typed in codex's TUI, once they are loaded. */
  typed?: TypedNames
  /** Returns the totals of this run so far; works without recording, too. */
  session?: () => SessionSummary
  /** Exports a thread to Markdown and JSON files with a name or path and returns their paths; absent if nothing is recorded. */
  saveSession?: (threadId: string, name: string, cwd: string) => Promise<readonly string[]>
  /** Records the outcome of the hooks of an event in the session of the thread. */
  hookRan?: Recorder['hookRan']
  /** Makes the files that changed since the session began count, and returns what to tell the user. */
  reload?: () => string
  /** Names the files that changed since the session began and were not named before. Returns the lines. */
  changedLines?: () => readonly string[]
  /** Whether a process that codex started is one of codex-plus's hooks, by its arguments. */
  isHookProcess?: (args: readonly string[]) => boolean
  /** Lets a command's `allowed-tools` count for the model's calls of a turn in a folder; absent if no rules are kept. */
  grantTools?: (command: Command, turnId: string, folder: string) => void
  /** Returns all known commands of a folder. */
  rows?: (folder: string) => readonly CommandRow[]
  /** Returns the file of each MCP server of a folder that waits for trust. */
  waitingServers?: (folder: string) => readonly string[]
  /** The MCP servers that codex-plus serves to codex, by codex's names. */
  mcpServers?: readonly string[]
  /** Calls a tool of an MCP server and returns its text. Rejects if the server or the tool fails. */
  callTool?: (
    server: string,
    tool: string,
    input: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ) => Promise<string>
  /** The upstream, for model calls of codex-plus itself. */
  upstream?: Pick<PipelineParts, 'address' | 'send'>
}

/** One feature of codex-plus in a run. Work before the start of codex must be cheap; `open` loads the rest. */
export interface Feature {
  /** What of it every request needs: without it requests are answered locally (`hooks.onError: closed`). */
  readonly needed?: string | undefined
  /** Returns the `-c` overrides for codex. `proxy` returns the base URL of a route, `http://127.0.0.1:PORT/<secret>`. */
  overrides?(proxy: RouteBase): readonly string[]
  /** Returns replacements (`key=value`) for overrides of the user, by index in the user's arguments. */
  replaced?(proxy: RouteBase): ReadonlyMap<number, string>
  /** Returns further arguments for codex, before the user's own. */
  flags?(): readonly string[]
  /** Returns environment variables for codex. */
  env?(proxy: RouteBase): NodeJS.ProcessEnv
  /** Loads the rest of the feature, once, while codex starts. */
  open?(): Promise<FeatureParts>
  /** Returns the reader of the screen and the typed input; called only for the TUI, before it starts. */
  interceptor?(): Promise<TerminalInterceptor>
  /** Receives the function that sets the title of the TUI's terminal. */
  title?(show: (text: string) => void): void
  /** Closes the feature after codex has ended. */
  close?(): Promise<void>
}

/** The parts that a feature adds to the proxy. */
export interface FeatureParts {
  readonly stages?: readonly Stage[]
  readonly reshapes?: readonly Reshape[]
  readonly observers?: readonly Observer[]
  readonly routes?: Routes
}
