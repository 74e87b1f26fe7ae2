import { accessSync, constants, statSync } from 'node:fs'

/** Returns whether a path is an executable file; links are followed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
