import { randomUUID } from 'node:crypto'
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Folders for input files: memory if there is such a folder. */
const FOLDERS = ['/dev/shm', tmpdir()]

/**
 * Opens a private file without a name that holds `text`, to be the stdin of a program; the caller closes it after the start.
 * The pipes that Node creates are sockets: bash takes one for a network connection and reads ~/.bashrc, and no program can
 * open /dev/stdin on one. Null if there is no place for a file.
 */
export function openInputFile(text: string): number | null {
  if (process.platform === 'win32') return null
  for (const folder of FOLDERS) {
    let file: number | undefined
    try {
      const path = join(folder, `codex-plus-${randomUUID()}`)
      file = openSync(path, 'wx+', 0o600)
      unlinkSync(path)
      writeWhole(file, Buffer.from(text))
      return file
    } catch {
      if (file !== undefined) closeSync(file)
    }
  }
  return null
}

/** Writes at positions, so that the program reads from the beginning. */
function writeWhole(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at)
}
