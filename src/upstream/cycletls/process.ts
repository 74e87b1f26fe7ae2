import { type ChildProcess, spawn } from 'node:child_process'
import type { Log } from '../../log/log.js'

/** A running helper. It listens on every interface of the machine, hence only while it is needed. */
export interface HelperProcess {
  readonly pid: number
  readonly port: number
  /** Why it ended, once it has. */
  readonly ended: string | null
  /** Its last words on stderr, for an error message. */
  readonly lastWords: string
  onEnd(listener: (reason: string) => void): void
  /** Kills it and its guard. */
  kill(): void
}

/**
 * The shell turns into the helper, so that its process id and its end are ours to see, and leaves a guard in its
 * process group. The guard reads descriptor 3, whose other end only this process holds: when this process dies, by
 * whatever signal, the read ends and the group is killed.
 */
const GUARDED = '(read -r _ <&3; kill -9 0) >/dev/null 2>&1 & exec "$1" 3<&-'

const LAST_WORDS = 500

/** Starts the helper on `port`. Never throws: a program that cannot be started has ended with the reason. */
export function spawnHelper(binary: string, port: number, env: NodeJS.ProcessEnv, log: Log): HelperProcess {
  const child = start(binary, { ...env, WS_PORT: String(port) })
  const listeners: Array<(reason: string) => void> = []
  let ended: string | null = null
  let lastWords = ''
  const end = (reason: string): void => {
    if (ended !== null) return
    ended = reason
    // The guard ends with it.
    child.stdio[3]?.destroy()
    process.off('exit', kill)
    for (const listener of listeners) listener(reason)
  }
  const kill = (): void => {
    if (ended !== null || child.pid === undefined) return
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }
  child.on('error', (error) => end(error.message))
  child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.stderr?.on('data', (bytes: Buffer) => {
    const words = bytes.toString('utf8')
    lastWords = (lastWords + words).slice(-LAST_WORDS)
    log.debug('helper.stderr', { words: words.slice(0, LAST_WORDS) })
  })
  if (process.platform === 'win32') process.on('exit', kill)
  letGo(child)
  return {
    pid: child.pid ?? -1,
    port,
    get ended() {
      return ended
    },
    get lastWords() {
      return lastWords
    },
    onEnd: (listener) => {
      if (ended === null) listeners.push(listener)
      else listener(ended)
    },
    kill,
  }
}

function start(binary: string, env: NodeJS.ProcessEnv): ChildProcess {
  if (process.platform === 'win32') {
    return spawn(binary, [], { env, stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true })
  }
  // A session of its own: no Ctrl-C of the terminal reaches it.
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe'] as const
  return spawn('/bin/sh', ['-c', GUARDED, 'codex-plus-helper', binary], { env, detached: true, stdio: [...stdio] })
}

/** An idle helper does not keep this process alive. */
function letGo(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stderr, child.stdio[3]]) {
    stream?.on('error', () => {})
    ;(stream as { unref?(): void } | null | undefined)?.unref?.()
  }
}
