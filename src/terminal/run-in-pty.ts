// Folder terminal: runs codex in a PTY between codex-plus and the user's terminal, or on the inherited stdio.
import type { Log } from '../log/log.js'
import type { ExitStatus } from './exit-status.js'
import { holdNotice } from './hold-notice.js'
import type { TerminalInterceptor } from './interceptor.js'
import { type LoadedPty, loadPty } from './load-pty.js'
import type { PtyModule, UnixPty } from './pty-module.js'
import { followChild } from './pty-session.js'
import { enterRaw, leaveRaw } from './raw-mode.js'
import { requireExecutable, runInherited } from './run-inherited.js'
import { readSize } from './window-size.js'

export type { TerminalInterceptor } from './interceptor.js'

export interface PtyRun {
  file: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
  /** The user's terminal; both have to be TTYs. */
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  interceptor?: TerminalInterceptor | undefined
  /** Receives a function that shows a text in the terminal's title. */
  onTitle?: (show: (text: string) => void) => void
  log: Log
  /** Receives the notice for the user when there is no PTY; called before the child starts. */
  onNotice(line: string): void
  /** Loads node-pty; replaced in tests. */
  load?: () => Promise<LoadedPty>
}

/**
 * Runs a program in a PTY between codex-plus and the user's terminal, byte-exact in both directions, and resolves with its
 * exit status. Without node-pty the program inherits the stdio. Throws CP_CODEX_SPAWN when it cannot be started.
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
  return followChild({ ...run, child })
}

async function withoutPty(run: PtyRun, reason: string): Promise<ExitStatus> {
  run.log.warn('terminal.pty.unavailable', { reason })
  run.onNotice(
    `codex-plus: commands typed in the TUI are off: no PTY package loads (${reason.replace(/\.$/, '')}). \`codex-plus plus doctor\` names the fix.`,
  )
  if ((await holdNotice(run.stdin, run.stdout)) === 'interrupted') return { code: null, signal: 'SIGINT' }
  return await runInherited({ ...run, endsWithParent: true })
}

function spawnChild(pty: PtyModule, run: PtyRun): UnixPty {
  return pty.spawn(run.file, [...run.args], {
    ...readSize(run.stdout),
    cwd: run.cwd,
    // A copy: node-pty deletes TMUX and other variables from process.env itself.
    env: { ...run.env },
    encoding: null,
  })
}
