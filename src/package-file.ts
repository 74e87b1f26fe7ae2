import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Returns the path of a file of this package, independent of the folder this code was built to. */
export function packageFile(path: string): string {
  root ??= rootAbove(fileURLToPath(import.meta.url))
  return join(root, path)
}

let root: string | undefined

function rootAbove(path: string): string {
  const folder = dirname(path)
  return existsSync(join(folder, 'package.json')) || folder === path ? folder : rootAbove(folder)
}
