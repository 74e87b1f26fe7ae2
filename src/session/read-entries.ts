import { readFileSync } from 'node:fs'
import type { Written } from './session-entry.js'
import { checkEntry } from './session-entry-schema.js'

/**
 * Reads the entries of a session file, oldest first. Lines that are incomplete (crash, write in progress), of a type that
 * this version does not know, or without the shape of their type are skipped. Throws node's error when the file cannot be read.
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
        const entry = checkEntry(JSON.parse(line))
        return entry === null ? [] : [entry]
      } catch {
        return []
      }
    })
}
