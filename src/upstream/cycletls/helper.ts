import { setTimeout as sleep } from 'node:timers/promises'
import { CodexPlusError } from '../../errors.js'
import type { Log } from '../../log/log.js'
import type { HelperConnection } from './helper-connection.js'
import type { HelperProcess } from './helper-process.js'
import type { Started } from './start-helper.js'

export interface HelperOptions {
  /** The environment of the helper, without its port. */
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** Milliseconds that the helper keeps running after the last request. */
  readonly linger: number
  readonly findBinary: () => string
  readonly pickPort: () => Promise<number>
}

/** The helper: started with the first request that needs it, stopped some time after the last. */
export interface Helper {
  /** Returns a connection for one request. Rejects with CP_UPSTREAM_HELPER before anything was sent. */
  take(): Promise<HelperConnection>
  /** Gives a connection back; it is kept for the next request when `reusable`. */
  give(connection: HelperConnection, reusable: boolean): void
  /** The reason why no helper is started any more; null while one can be. */
  readonly gaveUp: CodexPlusError | null
  /** Kills the helper and resolves when it has ended. */
  close(): Promise<void>
}

interface Running {
  readonly process: HelperProcess
  readonly idle: HelperConnection[]
}

const RESTARTS = 3
const RESTART_WINDOW = 60_000

const END_REPORTED_WITHIN = 500

/** Creates the helper without starting a process. */
export function createHelper(options: HelperOptions): Helper {
  let running: Running | null = null
  let starting: Promise<Running> | null = null
  let gaveUp: CodexPlusError | null = null
  let closed = false
  let users = 0
  let lingering: NodeJS.Timeout | undefined
  /** The times when a helper ended unexpectedly or did not start. */
  const deaths: number[] = []

  const died = (reason: string): void => {
    options.log.warn('helper.died', { reason })
    const now = Date.now()
    deaths.push(now)
    while ((deaths[0] ?? now) < now - RESTART_WINDOW) deaths.shift()
    if (deaths.length > RESTARTS)
      gaveUp = new CodexPlusError(
        'CP_UPSTREAM_HELPER',
        `The cycletls helper failed ${deaths.length} times in a minute (${reason}).`,
      )
  }

  const stop = (): void => {
    const { process: child } = running ?? {}
    running = null
    child?.kill()
  }

  const start = async (): Promise<Running> => {
    let binary: string
    try {
      binary = options.findBinary()
    } catch (error) {
      gaveUp = error as CodexPlusError
      throw error
    }
    const { startHelper } = await import('./start-helper.js')
    for (;;) {
      try {
        return adopt(await startHelper({ ...options, binary }))
      } catch (error) {
        died(error instanceof Error ? error.message : String(error))
        if (gaveUp !== null || closed) throw error
      }
    }
  }

  const adopt = ({ process: child, connection }: Started): Running => {
    const started: Running = { process: child, idle: [connection] }
    options.log.debug('helper.started', { pid: child.pid, port: child.port })
    child.onEnd((reason) => {
      if (running !== started) return
      running = null
      died(reason)
    })
    running = started
    if (closed) stop()
    return started
  }

  const ensure = async (): Promise<Running> => {
    if (closed) throw new CodexPlusError('CP_UPSTREAM_HELPER', 'The cycletls helper is closed.')
    if (gaveUp !== null) throw gaveUp
    if (running !== null && running.process.ended === null) return running
    starting ??= start().finally(() => {
      starting = null
    })
    return await starting
  }

  const connect = async (to: Running): Promise<HelperConnection> => {
    for (let idle = to.idle.pop(); idle !== undefined; idle = to.idle.pop()) {
      if (idle.open) return idle
    }
    const { openVerified } = await import('./start-helper.js')
    try {
      return await openVerified(to.process)
    } catch (error) {
      // A killed helper refuses connections shortly before its end is reported.
      await Promise.race([endOf(to.process), sleep(END_REPORTED_WITHIN, undefined, { ref: false })])
      if (to.process.ended === null || closed) throw error
      const again = await ensure()
      return again.idle.pop() ?? (await openVerified(again.process))
    }
  }

  const release = (): void => {
    users--
    if (users > 0 || closed) return
    lingering = setTimeout(stop, options.linger)
    lingering.unref()
  }

  return {
    async take() {
      users++
      clearTimeout(lingering)
      try {
        return await connect(await ensure())
      } catch (error) {
        release()
        throw error
      }
    },
    give(connection, reusable) {
      connection.forget()
      if (reusable && connection.open && running?.process.ended === null) running.idle.push(connection)
      else connection.close()
      release()
    },
    get gaveUp() {
      return gaveUp
    },
    async close() {
      closed = true
      clearTimeout(lingering)
      const child = running?.process
      const gone = child && endOf(child)
      stop()
      await starting?.catch(() => {})
      await gone
    },
  }
}

function endOf(child: HelperProcess): Promise<void> {
  return new Promise((resolve) => child.onEnd(() => resolve()))
}
