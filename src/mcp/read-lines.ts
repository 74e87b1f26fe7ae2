import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long lines are handled before other work of the process gets its turn, in ms, and how long that turn lasts at least. */
const TURN_MS = 5

export interface LineLimits {
  /** The longest line, in bytes. */
  readonly longest: number
  /** Called instead of `onLine` for a longer one, whose bytes are dropped. */
  onTooLong(): void
}

/**
 * Reads a stream by lines. It reads no more while lines are handled, and pauses between them, so that a program that writes
 * without end gets half of the time at most, and waits for the rest.
 */
export function readLines(stream: Readable, onLine: (line: Buffer) => void, { longest, onTooLong }: LineLimits): void {
  let parts: Buffer[] = []
  let length = 0
  let handling = Promise.resolve()
  const handle = async (lines: readonly Buffer[]): Promise<void> => {
    stream.pause()
    let begun = performance.now()
    for (const line of lines) {
      onLine(line)
      // The SDK handles a notification asynchronously, and one before an answer must be handled before it.
      await Promise.resolve()
      if (performance.now() - begun < TURN_MS) continue
      await sleep(TURN_MS)
      begun = performance.now()
    }
    stream.resume()
  }
  stream.on('data', (bytes: Buffer) => {
    const lines: Buffer[] = []
    let start = 0
    for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, start)) {
      lines.push(Buffer.concat([...parts, bytes.subarray(start, at)]))
      parts = []
      length = 0
      start = at + 1
    }
    if (start < bytes.length) {
      parts.push(bytes.subarray(start))
      length += bytes.length - start
    }
    if (length > longest) {
      parts = []
      length = 0
      onTooLong()
    }
    if (lines.length > 0) handling = handling.then(() => handle(lines))
  })
}
