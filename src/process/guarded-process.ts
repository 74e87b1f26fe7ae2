// Folder process: starts programs whose process groups end with codex-plus, and waits for their output.
import { type ChildProcess, spawn } from 'node:child_process'

/** Options for a guarded program; its stderr is always a pipe. */
export interface GuardedOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Whether stdin and stdout are pipes to this process; otherwise they are ignored. */
  readonly pipeStdio: boolean
}

/**
 * The shell starts a guard in its process group and then replaces itself by the program, so that this process sees the
 * program's process id and end. The guard reads descriptor 3, whose other end only this process holds: when this process
 * dies, by any signal, the read ends and the guard kills the group.
 */
const GUARDED = '(read -r _ <&3; kill -9 0) >/dev/null 2>&1 & exec "$@" 3<&-'

/**
 * Starts a program in its own session, where Ctrl-C of the terminal does not reach it. Its process group ends with the
 * program or with this process. A missing program ends with exit code 127, or emits `error` on Windows.
 */
export function spawnGuarded(file: string, args: readonly string[], options: GuardedOptions): ChildProcess {
  const { env, cwd, pipeStdio } = options
  const pipe = pipeStdio ? 'pipe' : 'ignore'
  const location = { env, ...(cwd === undefined ? {} : { cwd }) }
  if (process.platform === 'win32') {
    const child = spawn(file, [...args], { ...location, stdio: [pipe, pipe, 'pipe'], windowsHide: true })
    const kill = (): void => killGroup(child, 'SIGKILL')
    process.on('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    return child
  }
  // A shell sets PWD for the programs it starts; without one in `env` the program must have none.
  const script = env.PWD === undefined ? `unset PWD OLDPWD; ${GUARDED}` : GUARDED
  const stdio = [pipe, pipe, 'pipe', 'pipe'] as const
  const child = spawn('/bin/sh', ['-c', script, 'codex-plus', file, ...args], {
    ...location,
    detached: true,
    stdio: [...stdio],
  })
  // A failed write to a program that has just ended is reported by its `exit` event.
  for (const stream of child.stdio) stream?.on('error', () => {})
  // Ends the guard, which kills the rest of the process group.
  child.once('exit', () => child.stdio[3]?.destroy())
  return child
}

/** Sends a signal to a guarded program's process group. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal)
  } catch {
    child.kill(signal)
  }
}

/** Lets this process exit while the program is still running. */
export function unrefProcess(child: ChildProcess): void {
  child.unref()
  for (const stream of child.stdio) (stream as { unref?(): void } | null | undefined)?.unref?.()
}
