import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TraceBegin, TraceEntry } from './trace-entry.js'

/** One line of a trace: a request that has arrived, or one that has ended. */
export type TraceLine =
  | ({ readonly event: 'request'; readonly at: string } & TraceEntry)
  | ({ readonly event: 'request.begin'; readonly at: string } & TraceBegin)

/** Reads one line of a trace or of a log; null for a line that is not about a request. */
export function readTraceLine(line: string): TraceLine | null {
  if (!line.includes('"request')) return null
  try {
    const value = JSON.parse(line) as Partial<TraceLine> | null
    const known = value?.event === 'request' || value?.event === 'request.begin'
    return known && typeof value.id === 'string' && typeof value.at === 'string' ? (value as TraceLine) : null
  } catch {
    return null
  }
}

/** Returns the files of a trace folder, one per day, newest first; empty when there is no folder. */
export function traceFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d{4}-\d{2}-\d{2}\.jsonl$/.test(name))
      .sort()
      .reverse()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Returns the ended requests that `wanted` accepts: at most the `limit` newest, oldest first. */
export function readTrace(
  files: readonly string[],
  limit: number,
  wanted: (entry: TraceEntry) => boolean,
): Array<Extract<TraceLine, { event: 'request' }>> {
  const found: Array<Extract<TraceLine, { event: 'request' }>> = []
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n').reverse()
    for (const line of lines) {
      if (found.length >= limit) return found.reverse()
      const entry = readTraceLine(line)
      if (entry?.event === 'request' && wanted(entry)) found.push(entry)
    }
  }
  return found.reverse()
}
