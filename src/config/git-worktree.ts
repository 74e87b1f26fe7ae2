import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { realPath, statsOf } from '../paths.js'

/**
 * Returns the main working tree of a linked git worktree (`git worktree add`, codex's `--worktree`); null for any other
 * folder. The repository has to name the worktree, too: a folder that only says that it belongs to a repository does not.
 */
export function mainWorktree(root: string): string | null {
  const link = join(root, '.git')
  if (statsOf(link)?.isFile() !== true) return null
  const named = /^gitdir: (.+)$/m.exec(read(link))?.[1]
  if (named === undefined) return null
  // `MAIN/.git/worktrees/NAME`, whose file `gitdir` holds the path of the link.
  const entry = resolve(root, named.trim())
  const repository = dirname(dirname(entry))
  if (basename(dirname(entry)) !== 'worktrees' || basename(repository) !== '.git') return null
  const back = read(join(entry, 'gitdir')).trim()
  if (back === '' || realPath(resolve(entry, back)) !== realPath(link)) return null
  return dirname(repository)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
