import { mkdirSync, realpathSync, renameSync, type Stats, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'

/** The user's home folder. */
export function homeFolder(env: NodeJS.ProcessEnv): string {
  return env.HOME || homedir()
}

/** Our folder under one of the XDG base directories; relative values are ignored, as the XDG specification says. */
export function xdgFolder(kind: 'config' | 'state' | 'cache', env: NodeJS.ProcessEnv): string {
  const fallback = { config: '.config', state: join('.local', 'state'), cache: '.cache' }[kind]
  const value = env[`XDG_${kind.toUpperCase()}_HOME`]
  return join(value && isAbsolute(value) ? value : join(homeFolder(env), fallback), 'codex-plus')
}

/** Makes a folder of ours (0700) and returns its path. */
export function makePrivateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Writes a file of ours (0600, its folder 0700) whole: another process reads the old text or the new one, never a part. */
export function replacePrivateFile(file: string, text: string): void {
  makePrivateFolder(dirname(file))
  const part = `${file}.${process.pid}`
  writeFileSync(part, text, { mode: 0o600 })
  renameSync(part, file)
}

/** Where codex keeps its files. */
export function codexHome(env: NodeJS.ProcessEnv): string {
  return env.CODEX_HOME || join(homeFolder(env), '.codex')
}

/** Where Claude Code keeps the user's files. */
export function claudeHome(env: NodeJS.ProcessEnv): string {
  return env.CLAUDE_CONFIG_DIR || join(homeFolder(env), '.claude')
}

/** The nearest folder from `cwd` upwards that holds a `.git`, or null. */
export function gitRoot(cwd: string): string | null {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (statsOf(join(folder, '.git'))) return folder
    if (dirname(folder) === folder) return null
  }
}

/** The folders from `cwd` up to `top` (both included), nearest first; up to the root of the file system without one. */
export function foldersUpTo(cwd: string, top: string | null): string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(folder)
    if (folder === top || dirname(folder) === folder) return folders
  }
}

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** The real path, links followed; of something that is gone, its path as it was. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** What the system knows of the file at a path, links followed; undefined where there is none or it cannot be looked at. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // On Node 20 `throwIfNoEntry` is about ENOENT alone: ENOTDIR, EACCES and ELOOP throw.
    return undefined
  }
}

/**
 * Whether something above a folder belongs to somebody else: neither to us, nor to root, nor to the folder's own owner. Who
 * trusts a folder does not trust what others put above it, say into /tmp.
 */
export function isForeign(path: string, folder: string): boolean {
  const owner = statsOf(path)?.uid
  if (owner === undefined || owner === 0 || owner === process.getuid?.()) return false
  return owner !== statsOf(folder)?.uid
}
