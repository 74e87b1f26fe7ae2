import type { Log } from '../../log/log.js'
import { killGroup, spawnGuarded, unrefProcess } from '../../process/guarded-process.js'

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

const LAST_WORDS = 500

/** Starts the helper on `port`. Never throws: a program that cannot be started has ended with the reason. */
export function spawnHelper(binary: string, port: number, env: NodeJS.ProcessEnv, log: Log): HelperProcess {
  const child = spawnGuarded(binary, [], { env: { ...env, WS_PORT: String(port) }, pipeStdio: false })
  const listeners: Array<(reason: string) => void> = []
  let ended: string | null = null
  let lastWords = ''
  const end = (reason: string): void => {
    if (ended !== null) return
    ended = reason
    for (const listener of listeners) listener(reason)
  }
  const kill = (): void => {
    if (ended !== null) return
    // Who waits for its end has nothing else that keeps this process alive: node would end with 13 before it came.
    child.ref()
    killGroup(child, 'SIGKILL')
  }
  child.on('error', (error) => end(error.message))
  child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.stderr?.on('data', (bytes: Buffer) => {
    const words = bytes.toString('utf8')
    lastWords = (lastWords + words).slice(-LAST_WORDS)
    log.debug('helper.stderr', { words: words.slice(0, LAST_WORDS) })
  })
  unrefProcess(child)
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
