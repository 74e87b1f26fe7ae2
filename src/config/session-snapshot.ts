import { randomBytes } from 'node:crypto'
import { type Dirent, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { foldersUpTo, gitRoot, isWithin, makePrivateFolder, statsOf } from '../paths.js'
import { readSettingsLayers, type SettingsFolder } from './claude-settings.js'
import { isWrittenByHooks, readTextFile } from './text-file.js'

/**
 * The configuration files and hook programs of a session as they were when the session began: what a tool of the model
 * writes into them does not count before the user says so. A file is kept from its first read on.
 */
export interface SessionSnapshot {
  /** Returns the text of a file as it was read first. Throws the error of that first read, like `readTextFile`. */
  read(file: string): string
  /** Keeps a file, or the files below a folder, so that `pathOf` can provide them as they are now. */
  keep(path: string): void
  /** Returns a path with the kept contents of a file: its own while nothing has changed, else that of a private copy. */
  pathOf(file: string): string
  /** Returns the files whose contents differ from those that count, sorted. */
  changed(): string[]
  /** Forgets what was read and keeps the same paths anew. Returns the files that had changed. */
  reload(): string[]
  /** How often `reload` was called: what was derived from the files is out of date when it differs. */
  generation(): number
  /** Removes the private copies. */
  close(): void
}

/** The result of reading a text file for the first time, and the state of the file then. */
type FirstRead = { stamp: string } & ({ readonly text: string } | { readonly error: unknown })

/** A kept program file, and the state of the file when its contents were last found to be the same. */
interface KeptFile {
  readonly bytes: Buffer
  readonly mode: number
  stamp: string
}

/** Limits of one kept folder; a folder with more in it is a collection of data and is not kept. */
const MAX_FILES = 1000
const MAX_BYTES = 16 * 1024 * 1024
const NOT_KEPT = new Set(['node_modules', '.git', '__pycache__'])

/** Creates the snapshot of a session. Private copies are written to a new folder in `copies`, and only when needed. */
export function createSnapshot(copies: string): SessionSnapshot {
  const texts = new Map<string, FirstRead>()
  const kept = new Map<string, ReadonlyMap<string, KeptFile>>()
  let copyFolder: string | undefined
  let generation = 0

  const copyOf = (root: string, files: ReadonlyMap<string, KeptFile>): string => {
    copyFolder ??= newCopyFolder(copies)
    const folder = join(copyFolder, String([...kept.keys()].indexOf(root)))
    if (statsOf(folder) === undefined) {
      for (const [file, { bytes, mode }] of files) writeCopy(join(folder, relative(dirname(root), file)), bytes, mode)
    }
    return folder
  }
  const close = (): void => {
    if (copyFolder !== undefined) rmSync(copyFolder, { recursive: true, force: true })
    copyFolder = undefined
  }
  const changed = (): string[] => {
    const settings = [...texts].filter(([file, first]) => !isSameText(file, first)).map(([file]) => file)
    const programs = [...kept].flatMap(([root, files]) => [
      ...[...files].filter(([file, own]) => !isSameFile(file, own)).map(([file]) => file),
      ...filesBelow(root).filter((file) => !files.has(file)),
    ])
    return [...new Set([...settings, ...programs])].sort()
  }
  return {
    read(file) {
      const first = texts.get(file) ?? readFirst(file)
      texts.set(file, first)
      if ('error' in first) throw first.error
      return first.text
    },
    keep(path) {
      if (!kept.has(path)) kept.set(path, new Map(filesBelow(path).flatMap(keepFile)))
    },
    pathOf(file) {
      const [root, files] = [...kept].find(([path, known]) => isWithin(file, path) && known.has(file)) ?? []
      if (root === undefined || files === undefined) return file
      // The files of a folder use each other: if one has changed, all are taken from the copy.
      if ([...files].every(([other, own]) => isSameFile(other, own))) return file
      return join(copyOf(root, files), relative(dirname(root), file))
    },
    changed,
    reload() {
      const before = changed()
      const roots = [...kept.keys()]
      generation += 1
      close()
      texts.clear()
      kept.clear()
      for (const root of roots) kept.set(root, new Map(filesBelow(root).flatMap(keepFile)))
      return before
    },
    generation: () => generation,
    close,
  }
}

/**
 * Reads what may run in a working directory into the snapshot: its settings files, the `.mcp.json` files, hooks and modules.
 * Called before codex starts there.
 */
export function takeSnapshot(snapshot: SessionSnapshot, { cwd, env }: SettingsFolder): void {
  readSettingsLayers({ cwd, env, read: snapshot.read })
  for (const folder of foldersUpTo(cwd, null)) readIfPossible(snapshot, join(folder, '.mcp.json'))
  snapshot.keep(join(cwd, '.claude', 'hooks'))
  for (const folder of foldersUpTo(cwd, gitRoot(cwd) ?? cwd)) snapshot.keep(join(folder, '.claude', 'modules'))
}

function readIfPossible({ read }: SessionSnapshot, file: string): void {
  try {
    read(file)
  } catch {
    // Kept as a file that cannot be read.
  }
}

function readFirst(file: string): FirstRead {
  const stamp = stampOf(file)
  try {
    return { stamp, text: readTextFile(file) }
  } catch (error) {
    return { stamp, error }
  }
}

function isSameText(file: string, first: FirstRead): boolean {
  if (stampOf(file) === first.stamp) return true
  const now = readFirst(file)
  // A file that could not be read then and cannot be read now is the same: absent, or codex's placeholder for absent.
  const same = 'text' in first ? 'text' in now && now.text === first.text : 'error' in now
  if (same) first.stamp = now.stamp
  return same
}

function keepFile(file: string): Array<[string, KeptFile]> {
  try {
    return [[file, { stamp: stampOf(file), bytes: readFileSync(file), mode: statSync(file).mode }]]
  } catch {
    return []
  }
}

function isSameFile(file: string, own: KeptFile): boolean {
  const stamp = stampOf(file)
  if (stamp === own.stamp) return true
  const [[, now] = []] = keepFile(file)
  if (!now?.bytes.equals(own.bytes)) return false
  own.stamp = stamp
  return true
}

/** The change time is part of it: a program can set the modification time of a file, but not this one. */
function stampOf(file: string): string {
  try {
    const { ctimeNs, mtimeNs, size, ino } = statSync(file, { bigint: true })
    return `${ctimeNs} ${mtimeNs} ${size} ${ino}`
  } catch {
    return ''
  }
}

/** Lists a file, or the regular files below a folder (links to files included); empty if they exceed the limits. */
function filesBelow(root: string): string[] {
  if (statsOf(root)?.isFile()) return [root]
  const files: string[] = []
  let bytes = 0
  const isTooMuch = (): boolean => files.length > MAX_FILES || bytes > MAX_BYTES
  const walk = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name)
      if (isTooMuch()) return
      if (entry.isDirectory()) {
        if (!NOT_KEPT.has(entry.name)) walk(path)
        continue
      }
      const stats = statsOf(path)
      if (!stats?.isFile() || isWrittenByHooks(entry.name)) continue
      files.push(path)
      bytes += stats.size
    }
  }
  walk(root)
  return isTooMuch() ? [] : files
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Creates the folder for the copies of this process, and removes those of processes that have ended. */
function newCopyFolder(copies: string): string {
  for (const { name } of entriesOf(copies)) {
    if (!isRunning(Number.parseInt(name, 10))) rmSync(join(copies, name), { recursive: true, force: true })
  }
  return makePrivateFolder(join(copies, `${process.pid}-${randomBytes(4).toString('hex')}`))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function writeCopy(file: string, bytes: Buffer, mode: number): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, bytes, { mode: 0o600 | (mode & 0o100) })
}
