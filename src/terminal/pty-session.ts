import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log/log.js'
import { hideFromChildren } from './close-on-exec.js'
import { type Drain, holdForDrain } from './drain-output.js'
import { type ExitStatus, signalName } from './exit-status.js'
import { forwardSignals } from './forward-signals.js'
import { intercept, type TerminalInterceptor } from './interceptor.js'
import type { UnixPty } from './pty-module.js'
import { quietConsole } from './quiet-console.js'
import { stopOutputProcessing } from './raw-mode.js'
import { restoreAtExit } from './restore-at-exit.js'
import { createSuspension, type Suspension } from './suspend.js'
import { createSuspendKey } from './suspend-key.js'
import { createModes } from './terminal-modes.js'
import { openInput, openOutput } from './terminal-streams.js'
import { followSize } from './window-size.js'
import { openTitleBar } from './window-title.js'

export interface Session {
  child: UnixPty
  /** The user's terminal, in raw mode. */
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  interceptor?: TerminalInterceptor | undefined
  /** Receives a function that shows a text in the terminal's title while the child runs. */
  onTitle?: ((show: (text: string) => void) => void) | undefined
  log: Log
}

/** How long a terminal that accepts no output may delay the end after an ending signal, in ms. */
const PATIENCE_MS = 1000
const STATUS_WAIT_MS = 250

/**
 * Carries bytes, sizes, signals and suspensions between the terminal and the child, until the child has ended and all its
 * output is written. Resolves with the child's exit status.
 */
export async function followChild({ child, stdin, stdout, interceptor, onTitle, log }: Session): Promise<ExitStatus> {
  const modes = createModes()
  const restore = restoreAtExit(stdin, stdout, modes, log)
  const restoreConsole = quietConsole(log)
  const stopHiding = hideFromChildren(child.fd)
  const ended = exitOf(child)
  // Opened when the rest of the output can no longer be written: it is then dropped.
  const abandoned = openGate(() => drain.giveUp())
  let patience: NodeJS.Timeout | undefined
  let gone = false

  const signals = forwardSignals(child.pid, abandoned.open, log)
  const hangUp = (): void => signals.end('SIGHUP')
  const hold = (on: boolean): void => {
    if (on) child.pause()
    else child.resume()
    drain.touch()
  }
  const output = openOutput(stdout, hold, hangUp)
  const input = openInput(child.fd, (on) => (on ? stdin.pause() : stdin.resume()), log)
  const interception = intercept(interceptor, input.write, log)
  const title = openTitleBar(output.write)
  onTitle?.(title.show)
  const childGone = (): void => {
    gone = true
    input.close()
    if (signals.ending) patience = setTimeout(abandoned.open, PATIENCE_MS)
  }
  const slave = child.ptsName ?? child._pty ?? ''
  const pty = { pid: child.pid, slave, socket: child._socket }
  const drain: Drain = holdForDrain(pty, () => output.stalled, childGone, log)
  const size = followSize(
    stdout,
    (cols, rows) => {
      // node-pty throws on a PTY that has ended.
      if (!gone) child.resize(cols, rows)
    },
    interception.resize,
    log,
  )
  const ending = (): boolean => gone || signals.ending
  const suspension = createSuspension({ pid: child.pid, stdin, modes, output, ending, repaint: size.repaint, log })
  const onInput = suspendable(interception.input, suspension)

  child.onData((text) => {
    // `encoding: null` makes it a Buffer, although the typings say string.
    const bytes = text as unknown as Buffer
    drain.touch()
    output.write(bytes)
    modes.feed(bytes)
    title.childWrote(bytes, modes.insideSequence)
    interception.output(bytes)
  })
  stdin.on('data', onInput)
  stdin.on('end', hangUp)
  // This listener stays: a late EIO must not become an uncaught exception.
  stdin.on('error', hangUp)
  stopOutputProcessing(stdin, log)
  size.adopt()

  const status = await Promise.race([ended, abandoned.opened.then(hungUp)])
  gone = true
  stdin.pause()
  stdin.off('data', onInput)
  stdin.off('end', hangUp)
  title.close()
  await Promise.race([output.flush(), abandoned.opened])
  clearTimeout(patience)
  size.dispose()
  suspension.dispose()
  signals.dispose()
  drain.dispose()
  input.close()
  restore.now()
  restore.dispose()
  output.close()
  stopHiding()
  restoreConsole()
  return status
}

/** Creates a promise that `open` resolves, after calling `before`. */
function openGate(before: () => void): { open(): void; opened: Promise<void> } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = () => {
      before()
      resolve()
    }
  })
  return { open, opened }
}

function exitOf(child: UnixPty): Promise<ExitStatus> {
  return new Promise((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      // node-pty gives code 0 with a signal, so the signal is checked first.
      const name = signalName(signal)
      resolve(name ? { code: null, signal: name } : { code: exitCode, signal: null })
    })
  })
}

/** The status of a run whose terminal is gone; waits a moment in case the child's own status still comes. */
async function hungUp(): Promise<ExitStatus> {
  await sleep(STATUS_WAIT_MS)
  return { code: null, signal: 'SIGHUP' }
}

/** Handles the suspend key before `write`; input after it waits until the run resumes. */
function suspendable(write: (bytes: Buffer) => void, suspension: Suspension): (bytes: Buffer) => void {
  const key = createSuspendKey()
  const onInput = (bytes: Buffer): void => {
    if (!suspension.possible) {
      write(bytes)
      return
    }
    const { before, suspend, after } = key.scan(bytes)
    if (before.length > 0) write(before)
    if (!suspend) return
    void suspension.suspend().then(() => {
      if (after.length > 0) onInput(after)
    })
  }
  return onInput
}
