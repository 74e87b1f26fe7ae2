import { accessSync, constants } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadStream } from 'node:tty'
import type { IPty } from 'node-pty'
import type { Log } from '../log/log.js'
import { concealDescriptor } from './conceal.js'
import { type Drain, holdForDrain } from './drain.js'
import { type ExitStatus, signalName } from './exit.js'
import { runInherited, spawnError } from './inherit.js'
import { intercept, type TerminalInterceptor } from './interceptor.js'
import { createSuspendKey } from './keys.js'
import { type LoadedPty, loadPty, type PtyModule } from './load.js'
import { createModes } from './modes.js'
import { quietConsole } from './quiet.js'
import { enterRaw, leaveRaw, stopOutputProcessing } from './raw.js'
import { restoreAtExit } from './restore.js'
import { forwardSignals } from './signals.js'
import { readSize } from './size.js'
import { createSuspension } from './suspend.js'
import { openInput, openOutput } from './write.js'

export type { TerminalInterceptor } from './interceptor.js'

export interface PtyRun {
  file: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
  /** The user's terminal; both have to be TTYs. */
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  interceptor?: TerminalInterceptor
  log: Log
  /** Takes the one line for the user when there is no PTY; called before the child starts. */
  onNotice(line: string): void
  /** Where node-pty comes from. */
  load?: () => Promise<LoadedPty>
}

/** What we use of node-pty beyond its typings. */
type UnixPty = IPty & { fd: number; _socket: ReadStream } & ({ ptsName: string } | { _pty: string })

/** How long the shrunken size of a forced repaint lasts: two SIGWINCH at once would be one. */
const WIGGLE_MS = 50
const LAST_WORDS_MS = 250

/**
 * Runs a program in a PTY between us and the user's terminal, byte-exact both ways, and resolves with how it ended.
 * Without node-pty it runs on our own stdio. Throws CP_CODEX_SPAWN when the program cannot be started.
 */
export async function runInPty(run: PtyRun): Promise<ExitStatus> {
  requireExecutable(run.file)
  const loaded = await (run.load ?? loadPty)()
  if (loaded.pty === null) return withoutPty(run, loaded.reason)
  enterRaw(run.stdin, run.log)
  let child: UnixPty
  try {
    child = spawnChild(loaded.pty, run)
  } catch (error) {
    leaveRaw(run.stdin, run.log)
    return withoutPty(run, error instanceof Error ? error.message : String(error))
  }
  return follow(child, run)
}

/** The end of a run whose output nobody takes any more: the child's own status has a moment to come in first. */
async function hungUp(): Promise<ExitStatus> {
  await sleep(LAST_WORDS_MS)
  return { code: null, signal: 'SIGHUP' }
}

function withoutPty(run: PtyRun, reason: string): Promise<ExitStatus> {
  run.log.warn('terminal.pty.unavailable', { reason })
  run.onNotice(
    `codex-plus: no PTY (${reason.replace(/\.$/, '')}); codex runs without it, commands typed in its TUI stay codex's own.`,
  )
  return runInherited(run)
}

function requireExecutable(file: string): void {
  if (!file.includes('/')) return
  try {
    accessSync(file, constants.X_OK)
  } catch (cause) {
    throw spawnError(file, cause)
  }
}

function spawnChild(pty: PtyModule, run: PtyRun): UnixPty {
  return pty.spawn(run.file, [...run.args], {
    ...readSize(run.stdout),
    cwd: run.cwd,
    // A copy: from process.env itself node-pty takes TMUX and others out.
    env: { ...run.env },
    encoding: null,
  }) as UnixPty
}

/** Carries bytes, sizes, signals and suspensions between the terminal and the child until it has ended and all is written. */
async function follow(child: UnixPty, run: PtyRun): Promise<ExitStatus> {
  const { stdin, stdout, log } = run
  const modes = createModes()
  const restore = restoreAtExit(stdin, stdout, modes, log)
  const loud = quietConsole(log)
  const reveal = concealDescriptor(child.fd)
  let drain: Drain | undefined
  let gone = false
  let abandon = (): void => {}
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve
  })
  const ended = new Promise<ExitStatus>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      const name = signalName(signal)
      resolve(name ? { code: null, signal: name } : { code: exitCode, signal: null })
    })
  })

  const signals = forwardSignals(child.pid, () => abandon(), log)
  const hangUp = (): void => signals.end('SIGHUP')
  const output = openOutput(
    stdout,
    (on) => {
      if (on) child.pause()
      else {
        drain?.touch()
        child.resume()
      }
    },
    hangUp,
  )
  const input = openInput(child.fd, (on) => (on ? stdin.pause() : stdin.resume()), log)
  const between = intercept(run.interceptor, input.write, log)
  drain = holdForDrain(
    { pid: child.pid, slave: 'ptsName' in child ? child.ptsName : child._pty, socket: child._socket },
    () => output.stalled,
    () => {
      gone = true
      input.close()
    },
    log,
  )

  const resize = (cols: number, rows: number): void => {
    if (gone) return
    try {
      child.resize(cols, rows)
    } catch (error) {
      log.debug('terminal.resize.failed', { error: String(error) })
    }
  }
  const adoptSize = (): void => {
    const { cols, rows } = readSize(stdout)
    resize(cols, rows)
    between.resize(cols, rows)
  }
  const repaint = (): void => {
    const { cols, rows } = readSize(stdout)
    resize(cols, rows > 1 ? rows - 1 : rows + 1)
    setTimeout(adoptSize, WIGGLE_MS)
  }
  const onResize = (): void => {
    resize(stdout.columns || 80, stdout.rows || 24)
    between.resize(stdout.columns || 80, stdout.rows || 24)
  }

  const key = createSuspendKey()
  const suspension = createSuspension({
    pid: child.pid,
    stdin,
    modes,
    output,
    ending: () => gone || signals.ending,
    repaint,
    log,
  })
  const onInput = (bytes: Buffer): void => {
    if (!suspension.possible) {
      between.input(bytes)
      return
    }
    const { before, suspend, after } = key.scan(bytes)
    if (before.length > 0) between.input(before)
    if (!suspend) return
    // `after` was typed to the child: it waits for the resume.
    void suspension.suspend().then(() => {
      if (after.length > 0) onInput(after)
    })
  }

  child.onData((text) => {
    const bytes = text as unknown as Buffer
    drain?.touch()
    output.write(bytes)
    modes.feed(bytes)
    between.output(bytes)
  })
  stdin.on('data', onInput)
  stdin.on('end', hangUp)
  stdin.on('error', hangUp)
  stdout.on('resize', onResize)
  stopOutputProcessing(stdin, log)
  adoptSize()

  const status = await Promise.race([ended, abandoned.then(hungUp)])
  gone = true
  stdin.pause()
  stdin.off('data', onInput)
  stdin.off('end', hangUp)
  stdout.off('resize', onResize)
  await Promise.race([output.flush(), abandoned])
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
