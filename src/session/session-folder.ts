import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log/log.js'
import { statsOf, xdgFolder } from '../paths.js'

/** Where sessions are kept. */
export function sessionFolder(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'sessions')
}

/** How much is kept. */
export interface SessionLimits {
  /** Threads that nobody worked on for so many days go. */
  readonly days: number
  /** Of all threads together; the oldest go first. */
  readonly bytes: number
}

/** One thread's file. */
export interface SessionFile {
  readonly path: string
  readonly size: number
  /** When it was last written, in ms since 1970. */
  readonly changed: number
}

/** The files of a folder, the one written last first; none where there is no folder. */
export function sessionFiles(folder: string): SessionFile[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => {
      const path = join(folder, name)
      const stats = statsOf(path)
      return stats?.isFile() ? [{ path, size: stats.size, changed: stats.mtimeMs }] : []
    })
    .sort((a, b) => b.changed - a.changed)
}

/** What is over the limits, at `now` in ms since 1970. A thread somebody worked on in the last hour stays in any case. */
export function overLimits(files: readonly SessionFile[], limits: SessionLimits, now: number): SessionFile[] {
  let sum = 0
  return files.filter(({ size, changed }) => {
    sum += size
    if (now - changed < HOUR) return false
    return sum > limits.bytes || now - changed > limits.days * 24 * HOUR
  })
}

/** Removes what is over the limits; returns what went. */
export function prune(folder: string, limits: SessionLimits, log: Log): SessionFile[] {
  return removeSessions(overLimits(sessionFiles(folder), limits, Date.now()), log)
}

/** As `prune`, but once an hour at most: a run of codex may be over in a second. A file's time tells of the last one. */
export function pruneHourly(folder: string, limits: SessionLimits, log: Log): void {
  const marker = join(folder, '.pruned')
  const last = statsOf(marker)?.mtimeMs ?? 0
  if (Math.abs(Date.now() - last) < HOUR) return
  try {
    writeFileSync(marker, '', { mode: 0o600 })
    // A file that was empty before is not written, and keeps its time.
    utimesSync(marker, new Date(), new Date())
    const removed = prune(folder, limits, log)
    if (removed.length > 0) log.info('session.prune', { removed: removed.length })
  } catch (error) {
    // No thread was written yet, or nothing can be written here.
    log.debug('session.prune', { error: String(error) })
  }
}

/** Removes files of threads; returns those that went. */
export function removeSessions(files: readonly SessionFile[], log: Log): SessionFile[] {
  return files.filter(({ path }) => {
    try {
      rmSync(path)
      return true
    } catch (error) {
      log.warn('session.prune', { error: String(error) })
      return false
    }
  })
}

const HOUR = 60 * 60 * 1000
