import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const PART = 256 * 1024
/** How many bytes before the end of the file are searched; codex caps outputs far below this. */
const LIMIT = 8 * 1024 * 1024

/** Returns the last line of codex's rollout file that holds all of these texts; null if there is none. */
export function lastLineWith(file: string, texts: readonly string[]): string | null {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return null
  }
  try {
    let end = fstatSync(descriptor).size
    const floor = Math.max(0, end - LIMIT)
    let rest = ''
    // Backwards from the end, as the file may be long.
    while (end > floor) {
      const start = Math.max(floor, end - PART)
      const bytes = Buffer.alloc(end - start)
      readSync(descriptor, bytes, 0, bytes.length, start)
      // latin1, as a part may begin in the middle of a UTF-8 character.
      const lines = (bytes.toString('latin1') + rest).split('\n')
      rest = lines.shift() ?? ''
      const found = (start === 0 ? [rest, ...lines] : lines).findLast((line) =>
        texts.every((text) => line.includes(text)),
      )
      if (found !== undefined) return Buffer.from(found, 'latin1').toString('utf8')
      end = start
    }
    return null
  } catch {
    return null
  } finally {
    closeSync(descriptor)
  }
}
