import { relative } from 'node:path'
import { isWithin } from '../paths.js'

/** How many files one line names. */
const NAMED = 5

/** Names files relative to the folder they are in, as far as they are in it; at most five, and how many more there are. */
export function fileList(files: readonly string[], folder: string): string {
  const names = files.slice(0, NAMED).map((file) => (isWithin(file, folder) ? relative(folder, file) : file))
  const more = files.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
