import type { ClaudeSettings } from '../config/claude-settings.js'
import type { CommandIndex } from './discover-commands.js'
import type { Command } from './read-command.js'

/** The decision of the hooks about a command that is about to be expanded. */
export interface CommandReview {
  /** Why the command is refused (no part of it runs then); null when it is allowed. */
  readonly refusal: string | null
  /** Texts that are sent after the command's own text. */
  readonly contexts: readonly string[]
  /** Asked before each shell block, by its text and index: the text that stands in its place if it may not run, or null. */
  readonly reviewBlock?: (command: string, at: number) => Promise<string | null>
}

/** What the expansion of a prompt depends on. */
export interface ExpandContext {
  readonly cwd: string
  /** The folder the session was started in: `${CLAUDE_PROJECT_DIR}`. */
  readonly projectDir: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly dialect: 'auto' | 'claude'
  readonly sessionId: string
  readonly effort: string
  readonly index: CommandIndex
  readonly settings: ClaudeSettings
  /** Whether the working directory is trusted; each command has a trust of its own. */
  readonly trusted: boolean
  readonly shellTimeoutMs: number
  readonly outputFolder: string
  /** Called before any part of a command runs. */
  readonly review?: (command: Command, args: string, prompt: string) => Promise<CommandReview>
  /** Whether a project's command is as its user knows it, so that its shell blocks and hooks may run; without it all are. */
  readonly isConfirmed?: (command: Command) => boolean
  readonly signal?: AbortSignal
}
