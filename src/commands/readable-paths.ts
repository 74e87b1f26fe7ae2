import { realpathSync } from 'node:fs'
import { gitRoot, isWithin } from '../paths.js'
import { unmark } from './argument-marks.js'
import { findReferences, type Reference } from './find-references.js'
import { findShellBlocks, spliceOutputs } from './shell-blocks.js'

/**
 * Tells the references that may be read: those of the command file itself, wherever they lead (`asked` is its text with
 * marked arguments and without outputs), and those that arguments or outputs brought as far as they stay in the project.
 * A commit message or a pasted line must not make a private file part of a request.
 */
export function readablePaths(
  asked: string,
  project: { readonly cwd: string; readonly directories: readonly string[] },
): (reference: Reference, path: string) => boolean {
  const withoutShell = spliceOutputs(asked, findShellBlocks(asked), [])
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
