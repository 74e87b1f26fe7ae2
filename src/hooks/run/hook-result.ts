/** What came of running a hook, whatever its type: as if a command had printed and ended. */
export interface HookResult {
  readonly stdout: string
  readonly stderr: string
  /** Null where it did not end by itself. */
  readonly exitCode: number | null
  /** Why there is nothing to go by, as the end of a sentence; null where there is. */
  readonly failure: string | null
  readonly timedOut: boolean
  /** It printed more than was kept. */
  readonly truncated?: boolean
}

/** A reply of something that is no process: its text, with the exit code it stands for. */
export function replied(stdout: string, exitCode = 0, stderr = ''): HookResult {
  return { stdout, stderr, exitCode, failure: null, timedOut: false }
}

/** A reply that did not come. */
export function failed(failure: string, timedOut = false): HookResult {
  return { stdout: '', stderr: '', exitCode: null, failure, timedOut }
}
