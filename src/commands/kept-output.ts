import { randomBytes } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatError } from '../errors.js'
import { makePrivateFolder } from '../paths.js'

/** Length of the preview shown in place of a text that is saved to a file, in characters. */
const PREVIEW = 2_000

/**
 * Returns a text as it is, or a preview of it and the file it was put in, where it has more than `limit` characters
 * (section 1.6). Where the file cannot be written, the first `limit` characters are returned, with the reason.
 */
export function fittedOutput(output: string, folder: string, limit: number): string {
  if (output.length <= limit) return output
  const size = sizeText(Buffer.byteLength(output))
  const path = join(folder, `${randomBytes(4).toString('hex')}.txt`)
  const problem = openKeptOutput(folder, path, Buffer.from(output)).problem
  if (problem !== null) return `${output.slice(0, limit)}\n... (${size} in all. ${problem})`
  return `<persisted-output>\nOutput too large (${size}). Full output saved to: ${path}\n\nPreview (first 2KB):\n${cutAtLine(output)}\n...\n</persisted-output>`
}

/** Formats a size as Claude Code does: one decimal, none when it is 0 (`2KB` for the preview's 2000). */
function sizeText(bytes: number): string {
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KB'] : [bytes / 1024 / 1024, 'MB']
  return `${size.toFixed(1).replace(/\.0$/, '')}${unit}`
}

/** A file that an output goes to. */
export interface KeptOutput {
  readonly path: string
  /** Why the file does not hold the whole output, as a sentence; null as long as it does. */
  readonly problem: string | null
  append(bytes: Buffer): void
}

/** Writes an output to a file that only the user can read; it never throws: on a full disk `problem` says what is missing. */
export function openKeptOutput(folder: string, path: string, bytes: Buffer): KeptOutput {
  let problem: string | null = null
  const attempt = (write: () => void): void => {
    if (problem !== null) return
    try {
      write()
    } catch (error) {
      problem = `The output could not be saved to ${path}: ${formatError(error)}`
    }
  }
  attempt(() => {
    makePrivateFolder(folder)
    writeFileSync(path, bytes, { mode: 0o600 })
  })
  return {
    path,
    get problem() {
      return problem
    },
    append: (more) => attempt(() => appendFileSync(path, more)),
  }
}

/** Returns the preview, cut at a line end if its second half has one. */
function cutAtLine(output: string): string {
  const preview = output.slice(0, PREVIEW)
  const newline = preview.lastIndexOf('\n')
  return newline > PREVIEW / 2 ? preview.slice(0, newline) : preview
}
