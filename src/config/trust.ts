import { join, resolve } from 'node:path'
import { CodexPlusError, formatError } from '../errors.js'
import {
  claudeHome,
  codexHome,
  foldersUpTo,
  gitRoot as gitRootOf,
  homeFolder,
  isOfAnotherUser,
  isWithin,
  replacePrivateFile,
  statsOf,
  xdgFolder,
} from '../paths.js'
import { readClaudeState } from './claude-state.js'
import { fileStamp } from './file-stamp.js'
import { mainWorktree } from './git-worktree.js'
import { readTextFile } from './text-file.js'
import { readToml } from './toml.js'

/** Whether code of a folder's `.claude` may run, and whose configuration says so. */
export interface FolderTrust {
  readonly trusted: boolean
  readonly by: 'codex' | 'claude' | 'codex-plus' | null
}

/**
 * Looks for trust in codex's user config, Claude Code's accepted trust dialogs and codex-plus's own list, in this order.
 * A linked git worktree has the trust of its repository, as in codex. A file that is missing or invalid grants no trust.
 */
export function folderTrust(cwd: string, gitRoot: string | null, env: NodeJS.ProcessEnv): FolderTrust {
  return lookUp(resolve(cwd), gitRoot, readLists(env))
}

/**
 * Returns a function that tells whether a folder is trusted; it reads each trust list once. Trust reaches down to the folders
 * of the same repository, never up: a folder above a trusted one needs its own.
 */
export function readTrust(env: NodeJS.ProcessEnv): (folder: string) => boolean {
  const lists = readLists(env)
  const known = new Map<string, boolean>()
  return (path) => {
    const folder = resolve(path)
    const trusted = known.get(folder) ?? lookUp(folder, gitRootOf(folder), lists).trusted
    known.set(folder, trusted)
    return trusted
  }
}

/** The three sources of trust; each is read when it is asked first. */
interface TrustLists {
  codex(): unknown
  claude(): readonly unknown[]
  own(): ReadonlySet<string>
}

function readLists(env: NodeJS.ProcessEnv): TrustLists {
  return {
    codex: once(() => codexProjects(env)),
    claude: once(() => claudeStateFiles(env).map(claudeProjects)),
    own: once(() => new Set(trustedFolders(env))),
  }
}

function once<Value>(read: () => Value): () => Value {
  let value: { readonly read: Value } | undefined
  return () => {
    value ??= { read: read() }
    return value.read
  }
}

function lookUp(folder: string, gitRoot: string | null, { codex, claude, own }: TrustLists): FolderTrust {
  const top = gitRoot !== null && isWithin(folder, resolve(gitRoot)) ? resolve(gitRoot) : folder
  const main = mainWorktree(top)
  const above = main === null ? [] : [main]
  const folders = [...foldersUpTo(folder, top), ...above]
  if (codexTrustLevel([folder, top, ...above], codex()) === 'trusted') return { trusted: true, by: 'codex' }
  if (claude().some((projects) => claudeTrusts(folders, projects))) return { trusted: true, by: 'claude' }
  return folders.some((path) => own().has(path)) ? { trusted: true, by: 'codex-plus' } : { trusted: false, by: null }
}

/**
 * Returns a function that says whether a folder is trusted now. It looks at the files each time, and reads them again only
 * when one of them has changed.
 */
export function watchTrust(cwd: string, gitRoot: string | null, env: NodeJS.ProcessEnv): () => boolean {
  const files = trustFiles(env)
  let stamp: string | undefined
  let trusted = false
  return () => {
    const now = files.map(fileStamp).join('\n')
    if (now !== stamp) {
      stamp = now
      trusted = folderTrust(cwd, gitRoot, env).trusted
    }
    return trusted
  }
}

/** Returns whether the user told codex not to trust a folder: `exec --trust` leaves that as it is. */
export function isDistrusted(cwd: string, gitRoot: string | null, env: NodeJS.ProcessEnv): boolean {
  return codexTrustLevel([resolve(cwd), resolve(gitRoot ?? cwd)], codexProjects(env)) === 'untrusted'
}

/** Returns the files that `folderTrust` reads: its result can change only when one of them changes. */
export function trustFiles(env: NodeJS.ProcessEnv): string[] {
  return [join(codexHome(env), 'config.toml'), ...claudeStateFiles(env), listFile(env)]
}

/** Returns the folders of codex-plus's own trust list; empty when it cannot be read or is not to be obeyed. */
export function trustedFolders(env: NodeJS.ProcessEnv): string[] {
  const file = listFile(env)
  try {
    return readList(file, env)
  } catch {
    return []
  }
}

/** Returns why codex-plus's own trust list is ignored, with what to do, as one line; null when it is not. */
export function trustListProblem(env: NodeJS.ProcessEnv): string | null {
  const file = listFile(env)
  try {
    readList(file, env)
    return null
  } catch (error) {
    return formatError(error)
  }
}

/** Adds a folder to codex-plus's own trust list. Throws CP_CONFIG_INVALID when the list file is invalid or not private. */
export function trustFolder(path: string, env: NodeJS.ProcessEnv): void {
  writeList([...readList(listFile(env), env), resolve(path)], env)
}

/**
 * Removes a folder from codex-plus's own trust list and returns whether it was there. Throws CP_CONFIG_INVALID when the
 * list file is invalid or not private.
 */
export function untrustFolder(path: string, env: NodeJS.ProcessEnv): boolean {
  const folders = readList(listFile(env), env)
  const rest = folders.filter((folder) => folder !== resolve(path))
  if (rest.length === folders.length) return false
  writeList(rest, env)
  return true
}

/** Returns the trust level in codex's config. The nearest folder with an entry decides, as in codex. */
function codexTrustLevel(folders: readonly string[], projects: unknown): unknown {
  const levels = folders.map((folder) => entry(entry(projects, folder), 'trust_level'))
  return levels.find((level) => level !== undefined)
}

function codexProjects(env: NodeJS.ProcessEnv): unknown {
  const read = readToml(join(codexHome(env), 'config.toml'), ['trust_level'])
  return read === null || 'problem' in read ? undefined : read.values.projects
}

/** The entries of a `.claude.json`; none where it cannot be read. */
function claudeProjects(file: string): unknown {
  const state = readClaudeState(file)
  return state === null || 'problem' in state ? undefined : state.values.projects
}

function claudeTrusts(folders: readonly string[], projects: unknown): boolean {
  return folders.some((folder) => entry(entry(projects, folder), 'hasTrustDialogAccepted') === true)
}

/** Returns the files in which Claude Code keeps its projects: without CLAUDE_CONFIG_DIR it is beside `.claude`, not in it. */
export function claudeStateFiles(env: NodeJS.ProcessEnv): string[] {
  return [join(claudeHome(env), '.claude.json'), join(homeFolder(env), '.claude.json')]
}

/** Returns an own property of an object; undefined when there is none or the value is not an object. */
function entry(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

function listFile(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'trusted.json')
}

/** Reads the list. Throws CP_CONFIG_INVALID when it is no list, or when another user owns the file or may write to it. */
function readList(file: string, env: NodeJS.ProcessEnv): string[] {
  const shared = isOfAnotherUser(file, env)
    ? 'belongs to another user'
    : ((statsOf(file)?.mode ?? 0) & 0o002) !== 0 && process.getuid !== undefined
      ? 'can be written by every user'
      : null
  if (shared !== null) {
    throw new CodexPlusError('CP_CONFIG_INVALID', `${file} ${shared}, so the folders in it are not trusted.`, {
      hint: 'Delete it and trust the folders again with `codex-plus plus trust`.',
    })
  }
  let text: string
  try {
    text = readTextFile(file)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw broken(file, error)
  }
  let folders: unknown
  try {
    folders = entry(JSON.parse(text), 'folders')
  } catch (error) {
    throw broken(file, error)
  }
  if (!Array.isArray(folders) || !folders.every((folder) => typeof folder === 'string')) throw broken(file)
  return folders
}

function broken(file: string, cause?: unknown): CodexPlusError {
  return new CodexPlusError('CP_CONFIG_INVALID', `${file} is not a valid list of trusted folders.`, {
    hint: 'Delete it and trust the folders again.',
    cause,
  })
}

function writeList(folders: readonly string[], env: NodeJS.ProcessEnv): void {
  replacePrivateFile(listFile(env), `${JSON.stringify({ folders: [...new Set(folders)].sort() }, null, 2)}\n`)
}
