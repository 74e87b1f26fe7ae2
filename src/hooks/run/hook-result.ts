/** The result of running a hook of any type, in the form of a finished command. */
export interface HookResult {
  readonly stdout: string
  readonly stderr: string
  /** Null if the hook did not end by itself. */
  readonly exitCode: number | null
  /** Why the hook gave no result, as the end of a sentence; null if it gave one. */
  readonly failure: string | null
  readonly timedOut: boolean
  /** Whether the output was longer than what was kept. */
  readonly truncated?: boolean
  /** Whether a block ends the turn, too. */
  readonly endsTurn?: boolean
}

/** The result of a hook that is not a process: its output and the equivalent exit code. */
export function textResult(stdout: string, exitCode = 0, stderr = ''): HookResult {
  return { stdout, stderr, exitCode, failure: null, timedOut: false }
}

/** The result of a hook that could not be evaluated. */
export function failedResult(failure: string, timedOut = false): HookResult {
  return { stdout: '', stderr: '', exitCode: null, failure, timedOut }
}
