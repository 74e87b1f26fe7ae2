import { realpathSync } from 'node:fs'
import { gitRoot, isWithin } from '../paths.js'
import { unmark } from './argument-marks.js'
import { findReferences, type Reference } from './find-references.js'
import { findShellBlocks, spliceOutputs } from './shell-blocks.js'

/**
 * Returns a function that decides whether a reference may be read: references of the command file itself may lead
 * anywhere (`ownText` is its text with marked arguments and without outputs), those from arguments or outputs only into
 * the project. So a commit message or a pasted line cannot make a private file part of a request.
 */
export function readablePaths(
  ownText: string,
  project: { readonly cwd: string; readonly directories: readonly string[] },
): (reference: Reference, path: string) => boolean {
  const withoutShell = spliceOutputs(ownText, findShellBlocks(ownText), [])
  const own = new Set(findReferences(withoutShell).map((reference) => keyOf(reference)))
  let folders: string[] | undefined
  return (reference, path) => {
    if (own.has(keyOf(reference))) return true
    folders ??= [gitRoot(project.cwd) ?? project.cwd, ...project.directories].map(realPath)
    const real = realPath(path)
    return folders.some((folder) => isWithin(real, folder))
  }
}

function keyOf({ path, offset, limit }: Reference): string {
  return `${unmark(path)}#${offset}-${limit}`
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
