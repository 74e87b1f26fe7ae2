import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Of a folder with more in it, the rest is not looked at. */
const MOST_ENTRIES = 5_000
/** Folders of tools, which hold many files and none that a rule is about. */
const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules'])

/** The files and folders below a folder, nearest first; links are not followed. */
export function filesBelow(folder: string): string[] {
  const found: string[] = []
  const left = [folder]
  for (let next = left.shift(); next !== undefined && found.length < MOST_ENTRIES; next = left.shift()) {
    for (const entry of entriesOf(next)) {
      const path = join(next, entry.name)
      found.push(path)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) left.push(path)
    }
  }
  return found
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
