import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { CodexPlusError } from './errors.js'

/** Returns the user's home folder. Throws CP_FOLDER when HOME is not set and the system does not know the user. */
export function homeFolder(env: NodeJS.ProcessEnv): string {
  if (env.HOME) return env.HOME
  try {
    return homedir()
  } catch (cause) {
    const hint = 'Set HOME to a folder of yours.'
    throw new CodexPlusError('CP_FOLDER', 'The home folder of this user is unknown.', { hint, cause })
  }
}

function closeFolder(folder: string): string[] {
  try {
    chmodSync(folder, 0o700)
    return []
  } catch (error) {
    return [`${folder} can be written by every user (${(error as NodeJS.ErrnoException).code}). Make it private.`]
  }
}

type XdgKind = 'config' | 'state' | 'cache'

/**
 * Returns codex-plus's folder under an XDG base directory; relative values are ignored, as the XDG specification says. A
 * folder of another user is not used: this process gets an empty temporary one instead.
 */
export function xdgFolder(kind: XdgKind, env: NodeJS.ProcessEnv): string {
  const folder = namedFolder(kind, env)
  return isOfOthers(folder, env) ? substitute(folder) : folder
}

function namedFolder(kind: XdgKind, env: NodeJS.ProcessEnv): string {
  const fallback = { config: '.config', state: join('.local', 'state'), cache: '.cache' }[kind]
  const value = env[`XDG_${kind.toUpperCase()}_HOME`]
  return join(value && isAbsolute(value) ? value : join(homeFolder(env), fallback), 'codex-plus')
}

/** Whether another user owns a folder or its parent: in a shared place that user may have created it first. */
function isOfOthers(folder: string, env: NodeJS.ProcessEnv): boolean {
  return [folder, dirname(folder)].some((path) => isOfAnotherUser(path, env))
}

/**
 * Returns whether a file or folder of codex-plus belongs to another user than root and the current one. For root, the owner
 * of the home folder is no other user: `sudo -E`, and containers with a home from outside.
 */
export function isOfAnotherUser(path: string, env: NodeJS.ProcessEnv): boolean {
  const own = process.getuid?.()
  if (own === undefined) return false
  const owner = statsOf(path)?.uid
  if (owner === undefined || owner === 0 || owner === own) return false
  return own !== 0 || owner !== statsOf(homeFolder(env))?.uid
}

const substitutes = new Map<string, string>()

/** Returns the temporary folder that stands in for a folder; it is removed when this process exits. */
function substitute(folder: string): string {
  const known = substitutes.get(folder)
  if (known !== undefined) return known
  const created = mkdtempSync(join(tmpdir(), 'codex-plus-'))
  substitutes.set(folder, created)
  process.once('exit', () => rmSync(created, { recursive: true, force: true }))
  return created
}

/**
 * Checks who may write to codex-plus's folders: returns a warning for each that belongs to another user, and closes to
 * others those of this user that are writable for everybody.
 */
export function checkFolders(env: NodeJS.ProcessEnv): string[] {
  return (['config', 'state', 'cache'] as const).flatMap((kind) => {
    const folder = namedFolder(kind, env)
    if (isOfOthers(folder, env)) {
      return [
        `${folder} is in a folder of another user and is ignored, so that nothing is kept there. Delete it, or set XDG_${kind.toUpperCase()}_HOME to a folder of yours.`,
      ]
    }
    const stats = statsOf(folder)
    return stats && (stats.mode & 0o002) !== 0 && stats.uid === process.getuid?.() ? closeFolder(folder) : []
  })
}

/** Creates a private folder (0700) and returns its path. */
export function makePrivateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Replaces a private file (0600, its folder 0700) atomically: other processes read the old or the new text, never a part. */
export function replacePrivateFile(file: string, text: string): void {
  makePrivateFolder(dirname(file))
  const part = `${file}.${process.pid}`
  writeFileSync(part, text, { mode: 0o600 })
  renameSync(part, file)
}

/** Returns codex's home folder. */
export function codexHome(env: NodeJS.ProcessEnv): string {
  return env.CODEX_HOME || join(homeFolder(env), '.codex')
}

/** Returns Claude Code's folder for the user's files. */
export function claudeHome(env: NodeJS.ProcessEnv): string {
  return env.CLAUDE_CONFIG_DIR || join(homeFolder(env), '.claude')
}

/** Returns the nearest folder from `cwd` upwards that contains a `.git`, or null. */
export function gitRoot(cwd: string): string | null {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (statsOf(join(folder, '.git'))) return folder
    if (dirname(folder) === folder) return null
  }
}

/** Lists the folders from `cwd` up to `top` (both included), nearest first; up to the file system's root if `top` is null. */
export function foldersUpTo(cwd: string, top: string | null): string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(folder)
    if (folder === top || dirname(folder) === folder) return folders
  }
}

/** Returns whether `path` is `folder` or inside it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** Resolves links; returns the path unchanged when it does not exist. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Returns the stats of a file, links followed; undefined when it does not exist or cannot be accessed. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // On Node 20 `throwIfNoEntry` covers only ENOENT: ENOTDIR, EACCES and ELOOP throw.
    return undefined
  }
}

/**
 * Returns whether a path above a folder belongs to another user: not the current one, not root, not the folder's owner.
 * Trusting a folder does not mean trusting what other users put above it, in /tmp for example.
 */
export function isForeign(path: string, folder: string): boolean {
  const owner = statsOf(path)?.uid
  if (owner === undefined || owner === 0 || owner === process.getuid?.()) return false
  return owner !== statsOf(folder)?.uid
}
