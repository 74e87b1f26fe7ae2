import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log/log.js'
import { makePrivateFolder, statsOf, xdgFolder } from '../paths.js'
import { traceFiles } from './read-trace.js'

/** Where traces are kept. */
export function traceFolder(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'trace')
}

/** The trace of one day, in UTC. */
export function traceFile(folder: string, day: Date): string {
  return join(folder, `${day.toISOString().slice(0, 10)}.jsonl`)
}

/** A file whose time says that somebody watches: one that was touched in the last seconds. */
const WATCHED = 'watched'
/** In ms. */
const WATCHED_FOR = 5000
export const TOUCH_EVERY = 1000

/** Whether somebody watches: one look at a file, a few microseconds. */
export function isWatched(folder: string): boolean {
  const stats = statsOf(join(folder, WATCHED))
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) < WATCHED_FOR
}

/** Says that somebody watches, for the next seconds. */
export function touchWatched(folder: string): void {
  const file = join(makePrivateFolder(folder), WATCHED)
  writeFileSync(file, '', { mode: 0o600 })
  const now = new Date()
  utimesSync(file, now, now)
}

/** Traces of so many days are kept. */
const DAYS = 14

/** Removes the traces of days that are over for long. */
export function dropOldTraces(folder: string, log: Log): void {
  for (const file of traceFiles(folder).slice(DAYS)) {
    try {
      rmSync(file)
    } catch (error) {
      log.warn('trace.prune', { error: String(error) })
    }
  }
}
