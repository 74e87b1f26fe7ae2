import { createHash } from 'node:crypto'
import { type Dirent, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { isObject, parseJson } from '../json.js'
import {
  claudeHome,
  foldersUpTo,
  gitRoot,
  makePrivateFolder,
  realPath,
  replacePrivateFile,
  statsOf,
  xdgFolder,
} from '../paths.js'
import { isWrittenByHooks } from './text-file.js'

/**
 * What a project may run, by the hashes that its user has confirmed: at the first run in the folder, with `plus trust`, or with
 * `/reload`. The model can write such files with its tools. So once a tool call of the model has run in the folder, a changed
 * file is not taken for the user's own edit any more.
 */
export interface ConfirmedFiles {
  /**
   * Compares the files with those of the last session. Settings, hooks, modules and `.mcp.json` count from now on; of the
   * command files only those that nobody but the user can have changed. Returns what to tell the user.
   */
  begin(): ChangedFiles
  /** Whether the shell blocks and hooks of a command file with these contents may run. */
  mayRun(file: string, digest: string): boolean
  /** Notes that a tool call of the model is about to run in the folder. Throws the error if this cannot be stored. */
  toolRuns(): void
  /**
   * Returns the files of the working directory that have changed since a time (ms since the epoch) and are not confirmed,
   * sorted; a removed one is followed by `(removed)`.
   */
  changedSince(time: number): string[]
  /** Confirms all files as they are now. Returns those that had changed. */
  confirm(): string[]
}

/** The files that have changed since the last session, sorted; a removed one is followed by `(removed)`. */
export interface ChangedFiles {
  /** These count now. */
  readonly counting: readonly string[]
  /** Command files whose shell blocks and hooks do not run until they are confirmed. */
  readonly held: readonly string[]
}

/** The confirmed state of one file; `stamp` saves hashing it again. */
interface Confirmed {
  readonly hash: string
  readonly stamp: string
}

type Files = ReadonlyMap<string, Confirmed>

const NOTHING_CHANGED: ChangedFiles = { counting: [], held: [] }
/** Limits of the search for `.claude` folders below the project, in folders and levels. */
const MAX_FOLDERS = 1000
const MAX_DEPTH = 8
const MAX_FILES = 5000
/** A larger file, in bytes, is known by its size and times alone. */
const LARGEST = 16 * 1024 * 1024
const PROGRAM_FOLDERS = ['hooks', 'modules'] as const
const SKIPPED = new Set(['node_modules', '__pycache__'])

/** Opens the confirmed files of a working directory; they are stored per repository, beside the trust list. */
export function openConfirmed(cwd: string, env: NodeJS.ProcessEnv): ConfirmedFiles {
  const top = gitRoot(cwd)
  const root = realPath(top ?? cwd)
  const above = [...new Set(foldersUpTo(cwd, top).map(realPath))]
  const folder = join(xdgFolder('state', env), 'confirmed')
  const name = createHash('sha256').update(root).digest('hex').slice(0, 32)
  const [record, marker] = [join(folder, `${name}.json`), join(folder, `${name}.ran`)]
  const home = realPath(claudeHome(env))
  let ranHere = false

  const hasRun = (): boolean => ranHere || exists(marker)
  const write = (files: Files): void =>
    replacePrivateFile(record, `${JSON.stringify({ folder: root, files: Object.fromEntries(files) })}\n`)
  /** The files of the working directory and the folders above it, and with `below` those of the whole repository. */
  const current = (known: Files, below: boolean): Map<string, Confirmed> => {
    const folders = new Set([...above, ...(below ? foldersBelow(root) : [])])
    const paths = [...folders].filter((path) => join(path, '.claude') !== home).flatMap(filesOf)
    return new Map(paths.slice(0, MAX_FILES).flatMap((path) => stateOf(path, known.get(path))))
  }
  const confirm = (): string[] => {
    const known = readRecord(record) ?? new Map<string, Confirmed>()
    rmSync(marker, { force: true })
    const now = current(known, true)
    write(now)
    return changedOf(known, now)
  }
  return {
    begin() {
      const known = readRecord(record)
      if (known === null) {
        write(current(new Map(), true))
        return NOTHING_CHANGED
      }
      const now = current(known, false)
      // Files of other working directories of the repository are compared when a session begins there.
      const before = new Map([...known].filter(([path]) => above.includes(ownerOf(path))))
      const changed = changedOf(before, now)
      if (changed.length === 0) return NOTHING_CHANGED
      const held = hasRun() ? changed.filter((path) => now.has(path) && isCommandFile(path)) : []
      const next = new Map(known)
      for (const path of before.keys()) if (!now.has(path)) next.delete(path)
      for (const [path, state] of now) if (!held.includes(path)) next.set(path, state)
      write(next)
      return { counting: changed.filter((path) => !held.includes(path)), held }
    },
    mayRun(file, digest) {
      const path = realFile(file)
      const known = readRecord(record)
      if (known?.get(path)?.hash === digest) return true
      if (hasRun()) return false
      try {
        write(new Map([...(known ?? current(new Map(), true)), [path, { hash: digest, stamp: '' }]]))
      } catch {
        // Nothing can be stored: no tool call is known, so the file is the user's own.
      }
      return true
    },
    toolRuns() {
      ranHere = true
      if (readRecord(record) === null) write(current(new Map(), true))
      makePrivateFolder(folder)
      writeFileSync(marker, '', { flag: 'a', mode: 0o600 })
    },
    changedSince(time) {
      const known = readRecord(record) ?? new Map<string, Confirmed>()
      const before = new Map([...known].filter(([path]) => above.includes(ownerOf(path))))
      return changedOf(before, current(known, false)).filter((path) => changeTime(path) >= time)
    },
    confirm,
  }
}

/** Returns when a file was changed, in ms since the epoch: a program cannot set this time. For a removed one, its folder's. */
function changeTime(path: string): number {
  for (let at = path.replace(/ \(removed\)$/, ''); ; at = dirname(at)) {
    const stats = statsOf(at)
    if (stats) return stats.ctimeMs
    if (dirname(at) === at) return 0
  }
}

/** Returns the hash of a file's bytes. */
export function digestOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function changedOf(before: Files, now: Files): string[] {
  const changed = [...now].filter(([path, { hash }]) => before.get(path)?.hash !== hash).map(([path]) => path)
  const removed = [...before.keys()].filter((path) => !now.has(path)).map((path) => `${path} (removed)`)
  return [...changed, ...removed].sort()
}

function isCommandFile(path: string): boolean {
  return /[/\\]\.claude[/\\](commands|skills)[/\\]/.test(path)
}

/** Returns the folder that holds the `.claude` or `.mcp.json` of a file. */
function ownerOf(path: string): string {
  const at = path.lastIndexOf(`${sep}.claude${sep}`)
  return at === -1 ? dirname(path) : path.slice(0, at)
}

/** The same file has one name, whatever links lead to its folder; a link to the file itself is another file. */
function realFile(file: string): string {
  const owner = ownerOf(file)
  return join(realPath(owner), file.slice(owner.length))
}

/** Lists what a folder's `.claude` and `.mcp.json` may run. */
function filesOf(folder: string): string[] {
  const claude = join(folder, '.claude')
  const isText = (name: string): boolean => name.endsWith('.md')
  return [
    join(folder, '.mcp.json'),
    ...['settings.json', 'settings.local.json'].map((name) => join(claude, name)),
    ...PROGRAM_FOLDERS.flatMap((name) => filesBelow(join(claude, name), (file) => !isWrittenByHooks(file))),
    ...filesBelow(join(claude, 'commands'), isText),
    ...filesBelow(join(claude, 'skills'), (name) => name === 'SKILL.md'),
  ]
}

function filesBelow(folder: string, isWanted: (name: string) => boolean): string[] {
  const found: string[] = []
  let left = MAX_FILES
  const walk = (path: string, depth: number): void => {
    for (const entry of depth > MAX_DEPTH ? [] : entriesOf(path)) {
      left -= 1
      if (left < 0) return
      const child = join(path, entry.name)
      // A link to a folder is followed: discovery does so, too.
      if (!entry.isDirectory() && !(entry.isSymbolicLink() && statsOf(child)?.isDirectory())) {
        if (isWanted(entry.name)) found.push(child)
      } else if (!SKIPPED.has(entry.name)) walk(child, depth + 1)
    }
  }
  walk(folder, 0)
  return found
}

/** Lists the folders below the project that hold a `.claude` or a `.mcp.json`, as far as the limits allow. */
function foldersBelow(root: string): string[] {
  const found: string[] = []
  let left = MAX_FOLDERS
  const walk = (folder: string, depth: number): void => {
    left -= 1
    const entries = left < 0 || depth > MAX_DEPTH ? [] : entriesOf(folder)
    if (entries.some(({ name }) => name === '.claude' || name === '.mcp.json')) found.push(folder)
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name)) {
        walk(join(folder, entry.name), depth + 1)
      }
    }
  }
  walk(root, 0)
  return found
}

function stateOf(path: string, known: Confirmed | undefined): Array<[string, Confirmed]> {
  try {
    const stats = statSync(path, { bigint: true })
    // codex's placeholder for a missing file (text-file.ts), a pipe or a device is no file of the project.
    if (!stats.isFile() || (stats.size === 0n && (stats.mode & 0o222n) === 0n)) return []
    // The change time is part of it: a program cannot set it.
    const stamp = `${stats.ctimeNs} ${stats.mtimeNs} ${stats.size} ${stats.ino}`
    if (stats.size > LARGEST) return [[path, { hash: stamp, stamp }]]
    return [[path, known?.stamp === stamp ? known : { hash: digestOf(readFileSync(path)), stamp }]]
  } catch {
    return []
  }
}

/** Returns the confirmed files of a folder; null where none were ever recorded. A damaged record has confirmed nothing. */
function readRecord(record: string): Map<string, Confirmed> | null {
  let text: string
  try {
    text = readFileSync(record, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    return new Map()
  }
  const value = parseJson(text)
  const files = isObject(value) && isObject(value.files) ? value.files : {}
  return new Map(
    Object.entries(files).flatMap(([path, state]) =>
      isObject(state) && typeof state.hash === 'string' && typeof state.stamp === 'string'
        ? [[path, { hash: state.hash, stamp: state.stamp }]]
        : [],
    ),
  )
}

function exists(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch (error) {
    // What cannot be read may be there.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
