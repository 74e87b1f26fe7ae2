import { readFileSync, type Stats, statSync } from 'node:fs'
import { type DecodedText, decodeText } from './text-encoding.js'

/** Size limit of a text file in bytes, far above any settings file. */
const LARGEST = 64 * 1024 * 1024

/** A text file as it was read. */
export interface TextFile extends DecodedText {
  readonly bytes: Buffer
}

/**
 * Reads a text file of the user's or of a repository, in whatever encoding an editor has written it. Throws like `readText`.
 */
export function readTextFile(file: string): string {
  return readText(file).text
}

/**
 * Reads a text file with its bytes. A link can lead to a device or a pipe, whose reading would never end. Throws the read
 * error, FileTooLarge for a file of more than `limit` bytes, or an Error with the reason as its `code` for a file that is not
 * regular or no text.
 */
export function readText(file: string, { limit = LARGEST }: { readonly limit?: number } = {}): TextFile {
  const stats = statSync(file)
  if (stats.isDirectory()) throw unreadable('EISDIR')
  if (!stats.isFile()) throw unreadable('not a regular file')
  if (stats.size > limit) throw new FileTooLarge(stats.size, limit)
  if (isPlaceholder(stats)) throw unreadable('ENOENT')
  const bytes = readFileSync(file)
  const decoded = decodeText(bytes)
  if (decoded === null) throw unreadable('not a text: it has a NUL byte')
  return { ...decoded, bytes }
}

/** A file that is not read because of its size, with size and limit in MB. */
export class FileTooLarge extends Error {
  readonly code: string
  readonly size: string
  readonly limit: string

  constructor(size: number, limit: number) {
    const [megabytes, most] = [(size / 1024 / 1024).toFixed(1), String(limit / 1024 / 1024)]
    super(`too large: ${megabytes} MB; the limit is ${most} MB`)
    this.code = this.message
    this.size = megabytes
    this.limit = most
  }
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
