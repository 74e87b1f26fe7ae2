import { statSync } from 'node:fs'

/** Returns a text that changes when a file is written, replaced, created or removed; empty while there is none. */
export function fileStamp(file: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(file, { bigint: true })
    return `${mtimeNs} ${size} ${ino}`
  } catch {
    return ''
  }
}
