import { readFileSync, statSync } from 'node:fs'

/** More than any file of settings has, in bytes. */
const LARGEST = 64 * 1024 * 1024

/**
 * Reads a text file that a repository may hold. A link in it can lead to a device or a pipe, which would never end; such a
 * file, and a huge one, throws as one that cannot be read does, with the reason as its `code`.
 */
export function readTextFile(file: string): string {
  const stats = statSync(file)
  if (stats.isDirectory()) throw unreadable('EISDIR')
  if (!stats.isFile()) throw unreadable('not a regular file')
  if (stats.size > LARGEST) throw unreadable('too large')
  return readFileSync(file, 'utf8')
}

function unreadable(code: string): Error {
  return Object.assign(new Error(code), { code })
}
