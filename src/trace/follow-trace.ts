import { closeSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { statsOf } from '../paths.js'
import { TOUCH_EVERY, touchWatched, traceFile } from './trace-folder.js'

/** Polling interval in ms; too short to be noticed by a person. */
const POLL_EVERY = 100

/**
 * Passes each line that any run of this user writes to the trace from now on to `onLine`, until `signal` is aborted.
 */
export async function followTrace(folder: string, signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
  let file = traceFile(folder, new Date())
  let at = sizeOf(file)
  let touched = 0
  while (!signal.aborted) {
    if (Date.now() - touched >= TOUCH_EVERY) {
      touchWatched(folder)
      touched = Date.now()
    }
    const today = traceFile(folder, new Date())
    for (const current of new Set([file, today])) {
      // A new day starts a new file, after the previous one was read to its end.
      if (current !== file) [file, at] = [current, 0]
      const bytes = readFrom(file, at)
      at += bytes.length
      for (const line of bytes.toString('utf8').split('\n')) if (line !== '') onLine(line)
    }
    await sleep(POLL_EVERY, undefined, { signal }).catch(() => {})
  }
}

function sizeOf(file: string): number {
  return statsOf(file)?.size ?? 0
}

/** Reads from offset `at` up to the last complete line, so that no character is cut in two. */
function readFrom(file: string, at: number): Buffer {
  const size = sizeOf(file)
  if (size <= at) return Buffer.alloc(0)
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(size - at)
    const read = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, at))
    return read.subarray(0, read.lastIndexOf(0x0a) + 1)
  } finally {
    closeSync(descriptor)
  }
}
