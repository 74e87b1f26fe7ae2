import { readFileSync } from 'node:fs'
import type { Written } from './session-entry.js'

const TYPES = new Set(['run', 'prompt', 'answer', 'reasoning', 'call', 'result', 'hook', 'request'])

/**
 * Reads the entries of a session file, oldest first. Lines that are incomplete (crash, write in progress) or of a type
 * that this version does not know are skipped. Throws node's error when the file cannot be read.
 */
export function readEntries(file: string): Written[] {
  return parseEntries(readFileSync(file))
}

/** Parses the entries in the bytes of a session file. */
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
