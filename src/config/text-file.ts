import { readFileSync, type Stats, statSync } from 'node:fs'

/** Size limit in bytes, far above any settings file. */
const LARGEST = 64 * 1024 * 1024

/**
 * Reads a text file that may come from a repository. A link can lead to a device or a pipe, whose reading would never end.
 * Throws the read error, or an Error with the reason as its `code` for a file that is not regular or too large.
 */
export function readTextFile(file: string): string {
  const stats = statSync(file)
  if (stats.isDirectory()) throw unreadable('EISDIR')
  if (!stats.isFile()) throw unreadable('not a regular file')
  if (stats.size > LARGEST) throw unreadable('too large')
  if (isPlaceholder(stats)) throw unreadable('ENOENT')
  return readFileSync(file, 'utf8')
}

/** Whether a file of a hook folder is one that hooks write themselves, by its name: a log, a lock, a database. */
export function isWrittenByHooks(name: string): boolean {
  return /\.(log|jsonl|out|pid|lock|tmp|pyc|db|sqlite\d?)(-\w+)?$/.test(name)
}

/**
 * Whether a file stands for a missing one: while a sandboxed command runs, codex puts an empty read-only file in the place of
 * each missing file that the command must not create (codex-0.169 section 7.2).
 */
function isPlaceholder({ size, mode }: Pick<Stats, 'size' | 'mode'>): boolean {
  return size === 0 && (mode & 0o222) === 0
}

function unreadable(code: string): Error {
  return Object.assign(new Error(code), { code })
}
