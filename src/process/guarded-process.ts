import { type ChildProcess, spawn } from 'node:child_process'

/** How a guarded program is started; its stderr is always a pipe. */
export interface GuardedOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Whether stdin and stdout are pipes of ours; they lead nowhere otherwise. */
  readonly talks: boolean
}

/**
 * The shell turns into the program, so that its process id and its end are ours to see, and leaves a guard in its
 * process group. The guard reads descriptor 3, whose other end only this process holds: when this process dies, by
 * whatever signal, the read ends and the group is killed.
 */
const GUARDED = '(read -r _ <&3; kill -9 0) >/dev/null 2>&1 & exec "$@" 3<&-'

/**
 * Starts a program in a session of its own, where no Ctrl-C of the terminal reaches it, and so that nothing of its
 * process group outlives it or this process. A program that is not there ends with exit code 127, or `error` on Windows.
 */
export function spawnGuarded(file: string, args: readonly string[], options: GuardedOptions): ChildProcess {
  const { env, cwd, talks } = options
  const pipe = talks ? 'pipe' : 'ignore'
  const place = { env, ...(cwd === undefined ? {} : { cwd }) }
  if (process.platform === 'win32') {
    const child = spawn(file, [...args], { ...place, stdio: [pipe, pipe, 'pipe'], windowsHide: true })
    const kill = (): void => killGroup(child, 'SIGKILL')
    process.on('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    return child
  }
  // A shell sets PWD for what it starts; where the caller has none there is to be none.
  const script = env.PWD === undefined ? `unset PWD OLDPWD; ${GUARDED}` : GUARDED
  const stdio = [pipe, pipe, 'pipe', 'pipe'] as const
  const child = spawn('/bin/sh', ['-c', script, 'codex-plus', file, ...args], {
    ...place,
    detached: true,
    stdio: [...stdio],
  })
  // What writes to a program that has just ended is told by its `exit`.
  for (const stream of child.stdio) stream?.on('error', () => {})
  // The guard ends with it, and takes with it what it left behind.
  child.once('exit', () => child.stdio[3]?.destroy())
  return child
}

/** Sends a signal to a guarded program and all it has started. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal)
  } catch {
    child.kill(signal)
  }
}

/** An idle program does not keep this process alive. */
export function letGo(child: ChildProcess): void {
  child.unref()
  for (const stream of child.stdio) (stream as { unref?(): void } | null | undefined)?.unref?.()
}
