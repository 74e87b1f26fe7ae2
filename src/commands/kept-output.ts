import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder } from '../paths.js'

/** Length of the preview shown in place of a text that is saved to a file, in characters. */
const PREVIEW = 2_000

/**
 * Returns the text, or, for more than `limit` characters, saves it to a file and returns a preview and the path
 * (claude-code-2.1 section 1.6).
 */
export function fittedOutput(output: string, folder: string, limit: number): string {
  if (output.length <= limit) return output
  const path = join(folder, `${randomBytes(4).toString('hex')}.txt`)
  keepOutput(folder, path, Buffer.from(output))
  const size = sizeText(Buffer.byteLength(output))
  return `<persisted-output>\nOutput too large (${size}). Full output saved to: ${path}\n\nPreview (first 2KB):\n${cutAtLine(output)}\n...\n</persisted-output>`
}

/** Formats a size as Claude Code does: one decimal, none when it is 0 (`2KB` for the preview's 2000). */
function sizeText(bytes: number): string {
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KB'] : [bytes / 1024 / 1024, 'MB']
  return `${size.toFixed(1).replace(/\.0$/, '')}${unit}`
}

/** Writes an output to a file that only the user can read (0600). */
export function keepOutput(folder: string, path: string, bytes: Buffer): void {
  makePrivateFolder(folder)
  writeFileSync(path, bytes, { mode: 0o600 })
}

/** Returns the preview, cut at a line end if its second half has one. */
function cutAtLine(output: string): string {
  const preview = output.slice(0, PREVIEW)
  const newline = preview.lastIndexOf('\n')
  return newline > PREVIEW / 2 ? preview.slice(0, newline) : preview
}
