import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log/log.js'
import { makePrivateFolder, statsOf, xdgFolder } from '../paths.js'
import { traceFiles } from './read-trace.js'

/** Returns the folder of the traces. */
export function traceFolder(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'trace')
}

/** Returns the trace file of a day, in UTC. */
export function traceFile(folder: string, day: Date): string {
  return join(folder, `${day.toISOString().slice(0, 10)}.jsonl`)
}

/** A file whose modification time shows that somebody follows the trace: within the last seconds. */
const WATCHED = 'watched'
/** How long a touch counts, and how often to touch, in ms. */
const WATCHED_FOR = 5000
export const TOUCH_EVERY = 1000

/** Whether somebody follows the trace: one `stat`, a few microseconds. */
export function isWatched(folder: string): boolean {
  const stats = statsOf(join(folder, WATCHED))
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) < WATCHED_FOR
}

/** Marks the trace as followed for the next seconds. */
export function touchWatched(folder: string): void {
  const file = join(makePrivateFolder(folder), WATCHED)
  writeFileSync(file, '', { mode: 0o600 })
  const now = new Date()
  utimesSync(file, now, now)
}

/** Number of days whose traces are kept. */
const DAYS = 14

/** Removes the traces of older days. */
export function dropOldTraces(folder: string, log: Log): void {
  for (const file of traceFiles(folder).slice(DAYS)) {
    try {
      rmSync(file)
    } catch (error) {
      log.warn('trace.prune', { error: String(error) })
    }
  }
}
