import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder } from '../paths.js'

/** How much of a kept text is shown in its place, in characters. */
const PREVIEW = 2_000

/** A text as it is, or a preview of it and the file it was put in, where it has more than `limit` characters (section 1.6). */
export function fittedOutput(output: string, folder: string, limit: number): string {
  if (output.length <= limit) return output
  const path = join(folder, `${randomBytes(4).toString('hex')}.txt`)
  keepOutput(folder, path, Buffer.from(output))
  const size = sizeText(Buffer.byteLength(output))
  return `<persisted-output>\nOutput too large (${size}). Full output saved to: ${path}\n\nPreview (first 2KB):\n${cutAtLine(output)}\n...\n</persisted-output>`
}

/** A size as Claude Code writes it: one digit behind the point, none where it is 0 (`2KB` for the preview's 2000). */
function sizeText(bytes: number): string {
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KB'] : [bytes / 1024 / 1024, 'MB']
  return `${size.toFixed(1).replace(/\.0$/, '')}${unit}`
}

/** Writes an output to a file that is the user's alone. */
export function keepOutput(folder: string, path: string, bytes: Buffer): void {
  makePrivateFolder(folder)
  writeFileSync(path, bytes, { mode: 0o600 })
}

/** The preview ends with a whole line where one ends in its second half. */
function cutAtLine(output: string): string {
  const preview = output.slice(0, PREVIEW)
  const newline = preview.lastIndexOf('\n')
  return newline > PREVIEW / 2 ? preview.slice(0, newline) : preview
}
