import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from './log.js'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
/** A clock that is further than this from the newest file is not believed. */
const FAR = 30 * DAY

/**
 * Returns the time that the age of files is measured from, in ms since 1970: that of the newest file that was there before
 * this run, so that a clock that is wrong in one run makes nothing old. A file dated in the future is not the newest, and
 * one of the last hour may be of this run. Null when the clock is far from it, or there is none: then nothing may be removed.
 */
export function ageReference(times: readonly number[], now: number): number | null {
  const before = times.filter((time) => time <= now - HOUR)
  if (before.length === 0) return null
  const newest = before.reduce((latest, time) => Math.max(latest, time), 0)
  return now - newest > FAR ? null : newest
}

/** Removes what in a folder is older than `days`, whole folders too; failures are logged. */
export function removeOldFiles(folder: string, days: number, log: Log, now = Date.now()): void {
  const found = entriesOf(folder)
  const reference = ageReference(
    found.map(({ changed }) => changed),
    now,
  )
  if (reference === null) return
  for (const { path, changed } of found) {
    if (reference - changed <= days * DAY) continue
    try {
      rmSync(path, { recursive: true, force: true })
    } catch (error) {
      log.warn('files.prune', { path, error: String(error) })
    }
  }
}

function entriesOf(folder: string): Array<{ path: string; changed: number }> {
  try {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name)
      const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs
      return changed === undefined ? [] : [{ path, changed }]
    })
  } catch {
    // There is no such folder yet.
    return []
  }
}
