import type { Log } from '../../log/log.js'
import { killGroup, spawnGuarded, unrefProcess } from '../../process/guarded-process.js'

/** A helper process. It listens on every interface of the machine, so it runs only while it is needed. */
export interface HelperProcess {
  readonly pid: number
  readonly port: number
  /** The reason why it ended; null while it runs. */
  readonly ended: string | null
  /** The end of its stderr output, for error messages. */
  readonly stderrEnd: string
  onEnd(listener: (reason: string) => void): void
  /** Kills it and its guard. */
  kill(): void
}

const STDERR_KEPT = 500

/** Starts the helper on `port`. Never throws: for a program that cannot be started, `ended` has the reason. */
export function spawnHelper(binary: string, port: number, env: NodeJS.ProcessEnv, log: Log): HelperProcess {
  const child = spawnGuarded(binary, [], { env: { ...env, WS_PORT: String(port) }, pipeStdio: false })
  const listeners: Array<(reason: string) => void> = []
  let ended: string | null = null
  let stderrEnd = ''
  const end = (reason: string): void => {
    if (ended !== null) return
    ended = reason
    for (const listener of listeners) listener(reason)
  }
  const kill = (): void => {
    if (ended !== null) return
    // Keeps this process alive until the helper's end: Node would otherwise exit with code 13 while a caller awaits it.
    child.ref()
    killGroup(child, 'SIGKILL')
  }
  child.on('error', (error) => end(error.message))
  child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.stderr?.on('data', (bytes: Buffer) => {
    const words = bytes.toString('utf8')
    stderrEnd = (stderrEnd + words).slice(-STDERR_KEPT)
    log.debug('helper.stderr', { words: words.slice(0, STDERR_KEPT) })
  })
  unrefProcess(child)
  return {
    pid: child.pid ?? -1,
    port,
    get ended() {
      return ended
    },
    get stderrEnd() {
      return stderrEnd
    },
    onEnd: (listener) => {
      if (ended === null) listeners.push(listener)
      else listener(ended)
    },
    kill,
  }
}
