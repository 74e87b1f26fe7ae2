import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { wildcard } from '../config/wildcard.js'

/** A pattern that names more files than this is not taken apart. */
const MOST_PATHS = 5_000

/**
 * The files that a shell's pattern names, as absolute paths; undefined where there are too many to say. `[…]` counts as
 * `?`, so that the result holds at least what the shell would put there.
 */
export function expandGlob(start: string, pattern: string): string[] | undefined {
  let paths = [pattern.startsWith('/') ? '/' : start]
  for (const name of pattern.split('/').filter(Boolean)) {
    paths = /[*?[]/.test(name)
      ? paths.flatMap((path) => matchingEntries(path, name.replace(/\[[^\]]*\]/g, '?')))
      : paths.map((path) => `${path === '/' ? '' : path}/${name}`)
    if (paths.length > MOST_PATHS) return undefined
  }
  return paths
}

function matchingEntries(folder: string, glob: string): string[] {
  try {
    if (!statSync(folder).isDirectory()) return []
    const names = readdirSync(folder).filter((name) => glob.startsWith('.') || !name.startsWith('.'))
    // `**` without globstar is `*`.
    return names.filter((name) => wildcard(glob, name)).map((name) => join(folder, name))
  } catch {
    return []
  }
}
