/** The result of one hook run. */
export interface HookRun {
  /** The name of the hook: its command, URL, prompt or tool. */
  readonly command: string
  /** The file that configures the hook. */
  readonly source: string
  /** Null if the hook has no exit code: not a command, or ended by codex-plus or a signal. */
  readonly exitCode: number | null
  readonly ms: number
  readonly outcome: 'success' | 'blocked' | 'error' | 'timeout'
}

/** The combined outcome of all hooks of one event (claude-code-2.1 section 2); the JSON format of `hooks run --json`. */
export interface HookOutcome {
  readonly blocked: boolean
  readonly reason: string | null
  readonly decision: 'allow' | 'deny' | 'ask' | null
  /** Replaces the whole input of the tool. */
  readonly updatedInput: Readonly<Record<string, unknown>> | null
  readonly additionalContext: readonly string[]
  readonly systemMessages: readonly string[]
  readonly continue: boolean
  readonly stopReason: string | null
  readonly runs: readonly HookRun[]
}
