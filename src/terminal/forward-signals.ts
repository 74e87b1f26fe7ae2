import type { Log } from '../log/log.js'
import { isAlive } from './drain-output.js'

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const
/** Signals that ask the child to end; one that has not ended after GRACE_MS is killed. */
const ENDING = new Set<NodeJS.Signals>(['SIGTERM', 'SIGHUP'])
const GRACE_MS = 5000

export interface SignalForwarding {
  /** Sends `signal` to end the child, and kills it if it is still running after five seconds. */
  end(signal: NodeJS.Signals): void
  /** Whether an ending signal was passed on. */
  readonly ending: boolean
  dispose(): void
}

/** Forwards the signals of this process to child `pid`; calls `onLate` for a signal that comes after the child's end. */
export function forwardSignals(pid: number, onLate: () => void, log: Log): SignalForwarding {
  let ending = false
  let timer: NodeJS.Timeout | undefined
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(pid, signal)
    } catch {
      onLate()
    }
  }
  const forward = (signal: NodeJS.Signals): void => {
    log.info('terminal.signal', { signal })
    if (!isAlive(pid)) {
      onLate()
      return
    }
    send(signal)
    if (!ENDING.has(signal)) return
    ending = true
    // A stopped child takes no signal but SIGKILL until it runs again.
    send('SIGCONT')
    timer ??= setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS)
  }
  for (const signal of FORWARDED) process.on(signal, forward)
  return {
    end: forward,
    get ending() {
      return ending
    },
    dispose() {
      clearTimeout(timer)
      for (const signal of FORWARDED) process.off(signal, forward)
    },
  }
}

/** Signals the child's process group; returns false when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}
