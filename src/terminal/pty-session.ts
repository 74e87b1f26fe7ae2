import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log/log.js'
import { keepFromChildren } from './close-on-exec.js'
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
  /** Gets the means to show a text in the terminal's title, for as long as the child runs. */
  onTitle?: ((show: (text: string) => void) => void) | undefined
  log: Log
}

/** How long a terminal that takes nothing may keep us from ending when we were told to end. */
const PATIENCE_MS = 1000
const LAST_WORDS_MS = 250

/** Carries bytes, sizes, signals and suspensions between the terminal and the child until it has ended and all is written. */
export async function followChild({ child, stdin, stdout, interceptor, onTitle, log }: Session): Promise<ExitStatus> {
  const modes = createModes()
  const restore = restoreAtExit(stdin, stdout, modes, log)
  const loud = quietConsole(log)
  const reveal = keepFromChildren(child.fd)
  const ended = exitOf(child)
  // Set off when nobody takes the rest of the output: what is left of it is given up.
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
  const between = intercept(interceptor, input.write, log)
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
    between.resize,
    log,
  )
  const ending = (): boolean => gone || signals.ending
  const suspension = createSuspension({ pid: child.pid, stdin, modes, output, ending, repaint: size.repaint, log })
  const onInput = suspendable(between.input, suspension)

  child.onData((text) => {
    // encoding: null makes it a Buffer, whatever the typings say.
    const bytes = text as unknown as Buffer
    drain.touch()
    output.write(bytes)
    modes.feed(bytes)
    title.childWrote(bytes, modes.insideSequence)
    between.output(bytes)
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
  reveal()
  loud()
  return status
}

/** A promise resolved from outside, `before` done first. */
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
      // node-pty gives code 0 with a signal, so the signal goes first.
      const name = signalName(signal)
      resolve(name ? { code: null, signal: name } : { code: exitCode, signal: null })
    })
  })
}

/** The end of a run whose output nobody takes any more: the child's own status has a moment to come in first. */
async function hungUp(): Promise<ExitStatus> {
  await sleep(LAST_WORDS_MS)
  return { code: null, signal: 'SIGHUP' }
}

/** Puts the suspend key before `write`; what was typed after it waits for the resume. */
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
