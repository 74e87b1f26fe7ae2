import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log/log.js'
import { signalGroup } from './forward-signals.js'
import { enterRaw, leaveRaw, stopOutputProcessing } from './raw-mode.js'
import type { Modes } from './terminal-modes.js'
import type { Output } from './terminal-streams.js'

const FLUSH_MS = 200
const SETTLE_MS = 10
const CONTINUED_MS = 20

export interface Suspension {
  /** Suspends codex-plus and the child, as Ctrl-Z does; resolves when they continue. A second call joins the first. */
  suspend(): Promise<void>
  /** Whether the shell can suspend this process; known after the first attempt. */
  readonly possible: boolean
  dispose(): void
}

export interface SuspendedRun {
  pid: number
  stdin: NodeJS.ReadStream
  modes: Modes
  output: Output
  /** Whether the child is being ended: the terminal is then not taken over again. */
  ending(): boolean
  /** Makes the child redraw everything in the terminal's current size. */
  repaint(): void
  log: Log
}

/**
 * Implements Ctrl-Z for the child: inside a PTY its process group is orphaned, and the kernel discards its SIGTSTP.
 * codex-plus stops the child, restores the shell's terminal, stops its own process group, and undoes all that when it is
 * continued.
 */
export function createSuspension(run: SuspendedRun): Suspension {
  const { modes, output, stdin, log } = run
  let possible = true
  let current: Promise<void> | undefined

  const leave = async (): Promise<void> => {
    signalGroup(run.pid, 'SIGSTOP')
    await sleep(SETTLE_MS)
    const newLine = modes.alternateScreen ? '' : '\r\n'
    output.write(Buffer.from(modes.restoreSequence() + newLine, 'latin1'))
    await Promise.race([output.flush(), sleep(FLUSH_MS)])
    stdin.pause()
    leaveRaw(stdin, log)
  }
  const back = (): void => {
    if (!run.ending()) {
      // In the background this stops the process again (SIGTTOU) until the shell's fg, as for any program.
      enterRaw(stdin, log)
      stopOutputProcessing(stdin, log)
      output.write(Buffer.from(modes.reenableSequence(), 'latin1'))
      stdin.resume()
    }
    signalGroup(run.pid, 'SIGCONT')
    if (!run.ending()) run.repaint()
  }
  const stop = async (): Promise<void> => {
    process.off('SIGTSTP', onStop)
    let continued = false
    const note = (): void => {
      continued = true
    }
    process.on('SIGCONT', note)
    // The whole group: a parent launcher (npx, a script) must stop too, or the shell does not notice.
    process.kill(0, 'SIGTSTP')
    // The process stops inside the call above. When the kernel discards the signal (orphaned group), it gets here at once.
    await sleep(CONTINUED_MS)
    // One poll of the event loop, so that a SIGTERM sent with the SIGCONT is seen before the terminal is taken over.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('SIGCONT', note)
    process.on('SIGTSTP', onStop)
    if (continued) return
    possible = false
    log.info('terminal.suspend.impossible')
  }
  const once = async (): Promise<void> => {
    log.debug('terminal.suspend')
    await leave()
    await stop()
    back()
    log.debug('terminal.resume')
  }
  const suspend = (): Promise<void> => {
    current ??= once()
      .catch((error) => log.error('terminal.suspend.failed', { error: String(error) }))
      .finally(() => {
        current = undefined
      })
    return current
  }
  const onStop = (): void => void suspend()
  process.on('SIGTSTP', onStop)
  return {
    suspend,
    get possible() {
      return possible
    },
    dispose() {
      process.off('SIGTSTP', onStop)
    },
  }
}
