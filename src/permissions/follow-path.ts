import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The kernel's own limit for links followed one after the other. */
const MOST_LINKS = 40

/**
 * Where a path leads, resolved from `start` as the kernel does it: name by name, each symbolic link followed before the
 * next name counts, so that `link/..` is the parent of the link's target. Names that do not exist are kept.
 */
export function followPath(start: string, path: string): string {
  return follow(path.startsWith('/') ? '/' : follow('/', start, { left: MOST_LINKS }), path, { left: MOST_LINKS })
}

function follow(folder: string, path: string, links: { left: number }): string {
  let current = path.startsWith('/') ? '/' : folder
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..') current = dirname(current)
    else {
      const next = join(current, name)
      const target = links.left > 0 ? linkTarget(next) : undefined
      if (target === undefined) current = next
      else {
        links.left -= 1
        current = follow(current, target, links)
      }
    }
  }
  return current
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}
