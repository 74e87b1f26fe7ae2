import { accessSync, constants, statSync } from 'node:fs'

/** Whether a path names a file that may be run; links are followed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
