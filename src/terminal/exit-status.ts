import { constants } from 'node:os'

/** How a process ended: its exit code, or the signal that killed it. */
export interface ExitStatus {
  code: number | null
  signal: NodeJS.Signals | null
}

/** Returns the number a shell shows for `status`: the exit code, or 128 plus the signal's number. */
export function exitNumber(status: ExitStatus): number {
  if (status.signal !== null) return 128 + (constants.signals[status.signal] ?? 0)
  return status.code ?? 1
}

/** Ends this process like the child: with the same exit code, or by the same signal (128+n when that fails). */
export function exitLike(status: ExitStatus): Promise<never> {
  const { signal } = status
  if (signal === null) process.exit(status.code ?? 1)
  process.removeAllListeners(signal)
  return new Promise<never>(() => {
    // Node ignores SIGPIPE and starts its inspector on SIGUSR1: these two do not end the process.
    setTimeout(() => process.exit(exitNumber(status)), 250)
    try {
      process.kill(process.pid, signal)
    } catch {
      process.exit(exitNumber(status))
    }
  })
}

/** Returns the name of signal number `value`, or null for 0 and for numbers this system has no name for. */
export function signalName(value: number | undefined): NodeJS.Signals | null {
  if (!value) return null
  for (const [name, number] of Object.entries(constants.signals)) {
    if (number === value) return name as NodeJS.Signals
  }
  return null
}
