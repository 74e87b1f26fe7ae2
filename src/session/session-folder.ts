import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log/log.js'
import { ageReference } from '../log/prune-old-files.js'
import { statsOf, xdgFolder } from '../paths.js'

/** Returns the folder of the recorded sessions. */
export function sessionFolder(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'sessions')
}

/** Limits of what is kept. */
export interface SessionLimits {
  /** Threads not used for this many days are removed. */
  readonly days: number
  /** Maximum total size of all threads; the oldest are removed first. */
  readonly bytes: number
}

/** The file of one thread. */
export interface SessionFile {
  readonly path: string
  readonly size: number
  /** When it was last written, in ms since 1970. */
  readonly changed: number
}

/** Returns the session files of a folder, most recently written first; empty when there is no folder. */
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

/** Returns the files over the limits at `now` (ms since 1970). A thread used in the last hour is always kept. */
export function overLimits(files: readonly SessionFile[], limits: SessionLimits, now: number): SessionFile[] {
  let sum = 0
  return files.filter(({ size, changed }) => {
    sum += size
    if (now - changed < HOUR) return false
    return sum > limits.bytes || now - changed > limits.days * 24 * HOUR
  })
}

/** Removes the files over the limits and returns them; their age is measured from `now`, in ms since 1970. */
export function prune(folder: string, limits: SessionLimits, log: Log, now = Date.now()): SessionFile[] {
  return removeSessions(overLimits(sessionFiles(folder), limits, now), log)
}

/**
 * Prunes at most once an hour, since a run of codex may take only a second. A marker file's time is the last pruning.
 */
export function pruneHourly(folder: string, limits: SessionLimits, log: Log): void {
  const marker = join(folder, '.pruned')
  const last = statsOf(marker)?.mtimeMs ?? 0
  if (Math.abs(Date.now() - last) < HOUR) return
  try {
    writeFileSync(marker, '', { mode: 0o600 })
    // Writing nothing to an empty file does not change its time.
    utimesSync(marker, new Date(), new Date())
    const times = sessionFiles(folder).map(({ changed }) => changed)
    const reference = ageReference(times, Date.now())
    // A clock that may be wrong removes nothing.
    const removed = reference === null ? [] : prune(folder, limits, log, reference)
    if (removed.length > 0) log.info('session.prune', { removed: removed.length })
  } catch (error) {
    // No thread was recorded yet, or the folder is not writable.
    log.debug('session.prune', { error: String(error) })
  }
}

/** Removes session files and returns those that were removed. */
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
