/** How one hook of an event went. */
export interface HookRun {
  /** The command, the URL, or what else names the hook. */
  readonly command: string
  /** The file it is configured in. */
  readonly source: string
  /** Null where there is none: an http hook, one that was ended. */
  readonly exitCode: number | null
  readonly ms: number
  readonly outcome: 'success' | 'blocked' | 'error' | 'timeout'
}

/** What all the hooks of one event said together (claude-code-2.1 section 2); the contract of `hooks run --json`. */
export interface HookOutcome {
  readonly blocked: boolean
  readonly reason: string | null
  readonly decision: 'allow' | 'deny' | 'ask' | null
  /** The whole input in place of the tool's own. */
  readonly updatedInput: Readonly<Record<string, unknown>> | null
  readonly additionalContext: readonly string[]
  readonly systemMessages: readonly string[]
  readonly continue: boolean
  readonly stopReason: string | null
  readonly runs: readonly HookRun[]
}
