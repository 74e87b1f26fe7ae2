import { resolve, sep } from 'node:path'
import { followPath } from './follow-path.js'

/** Folders and files that decide what tools may do: writing there is never covered by a rule for a command. */
const SENSITIVE = new Set(['.git', '.claude', '.codex', '.vscode', '.idea', '.husky'])
const SENSITIVE_FILES = new Set(
  '.bash_profile .bashrc .claude.json .gitconfig .gitmodules .mcp.json .profile .ripgreprc .zprofile .zshrc'.split(' '),
)

/** Whether a path lies in one of the folders, as written and with every symbolic link followed. */
export function isInside(path: string, directories: readonly string[]): boolean {
  const folders = directories.flatMap((folder) => [resolve(folder), followPath('/', resolve(folder))])
  const within = (target: string): boolean =>
    folders.some((folder) => target === folder || target.startsWith(folder.endsWith(sep) ? folder : folder + sep))
  return within(path) && within(followPath('/', path))
}

/** Whether a path is one that no command rule covers writing to (.git, .claude, shell start-up files ...). */
export function isSensitive(path: string): boolean {
  return [path, followPath('/', path)].some((target) => {
    const segments = target.split('/').map((segment) => segment.toLowerCase())
    return segments.some((segment) => SENSITIVE.has(segment)) || SENSITIVE_FILES.has(segments.at(-1) ?? '')
  })
}
