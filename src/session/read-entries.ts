import { readFileSync } from 'node:fs'
import type { Written } from './session-entry.js'

const TYPES = new Set(['run', 'prompt', 'answer', 'reasoning', 'call', 'result', 'hook', 'request'])

/**
 * The entries of a session file, oldest first. A line that was cut by a crash is left out, and so is one that is still
 * being written, or of a kind that this version does not know. Throws node's error where the file cannot be read.
 */
export function readEntries(file: string): Written[] {
  return parseEntries(readFileSync(file))
}

/** The entries in the bytes of a session file. */
export function parseEntries(bytes: Buffer): Written[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      if (line === '') return []
      try {
        const entry = JSON.parse(line) as Partial<Written> | null
        return entry && typeof entry.at === 'string' && TYPES.has(String(entry.type)) ? [entry as Written] : []
      } catch {
        return []
      }
    })
}
