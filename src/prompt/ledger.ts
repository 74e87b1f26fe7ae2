import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { isObject } from '../json.js'
import type { Log } from '../log/log.js'
import { removeOldFiles } from '../log/prune-old-files.js'
import { makePrivateFolder } from '../paths.js'
import type { JsonObject } from '../request/request-body.js'
import { threadFile } from './thread-file.js'

/** The message that is sent in place of what the user typed. */
export interface LedgerEntry {
  readonly messageId: string
  /** The turn it was typed in, whose model and effort it may choose. */
  readonly turnId: string
  /** The parts of the message; null when it stays as typed and its command was answered locally. */
  readonly content: readonly JsonObject[] | null
  /** The kind of each part (`content_item_kinds`). */
  readonly kinds: readonly string[]
  readonly model: string | null
  readonly effort: string | null
  /** The local answer in place of the model's; null when the message was sent to the model. */
  readonly answer: string | null
  /** Whether later requests leave out the message and its local answer. */
  readonly aside?: boolean
  /** A developer message behind the message, for the model alone. */
  readonly note?: string
  /** The answer is an error. */
  readonly failed?: boolean
}

/** Every rewrite of a thread; a rewrite never changes (design, rule 2). */
export interface Ledger {
  /**
   * Returns the entries of a thread and of its ancestors; the thread's own come first. The ancestors are stored too:
   * codex names only the thread that was forked, not that thread's own origin.
   */
  read(threadId: string, ancestors: readonly string[]): ReadonlyMap<string, LedgerEntry>
  /**
   * Stores an entry and returns the one in force: the first entry of a message, since the server has seen its bytes.
   */
  add(threadId: string, entry: LedgerEntry): LedgerEntry
}

/** Threads that were not used for so many days are removed: their texts are verbatim. */
const KEEP_DAYS = 90

/** A line of a ledger file: an entry, or a thread whose entries also apply to this one. */
type Line = LedgerEntry | { readonly ancestor: string }

interface Loaded {
  readonly entries: Map<string, LedgerEntry>
  readonly ancestors: Set<string>
  /** Bytes of the file read so far, up to the end of a line. */
  size: number
}

/**
 * Opens the ledger in a folder: one append-only file per thread, so that two processes may write to the same thread. If
 * the folder cannot be written, entries are kept in memory only and `onUnwritable` is called. `isWhole` checks what the owner of
 * the ledger keeps in an entry beyond its own fields.
 */
export function openLedger(
  folder: string,
  log: Log,
  onUnwritable: (folder: string, error: unknown) => void = () => {},
  isWhole: (entry: LedgerEntry) => boolean = () => true,
): Ledger {
  const threads = new Map<string, Loaded>()
  let prepared = false

  const load = (threadId: string): Loaded => {
    const loaded = threads.get(threadId) ?? { entries: new Map(), ancestors: new Set(), size: 0 }
    threads.set(threadId, loaded)
    const file = threadFile(folder, threadId)
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
      // Includes lines that another process has written in the meantime.
      if (size > loaded.size) readNew(loaded, readFileSync(file).subarray(loaded.size), isWhole, log)
    } catch (error) {
      log.warn('ledger.read', { file, error: String(error) })
    }
    return loaded
  }
  const append = (threadId: string, line: Line): Loaded => {
    try {
      if (!prepared) {
        makePrivateFolder(folder)
        removeOldFiles(folder, KEEP_DAYS, log)
        prepared = true
      }
      // One write of one line: the file system keeps lines of different processes apart (O_APPEND). The line end in
      // front closes what a crash may have cut off.
      appendFileSync(threadFile(folder, threadId), `\n${JSON.stringify(line)}\n`, { mode: 0o600 })
    } catch (error) {
      // A full or read-only disk: the run continues with the entries in memory.
      log.error('ledger.write', { folder, error: String(error) })
      onUnwritable(folder, error)
      addLine(load(threadId), line, isWhole)
    }
    return load(threadId)
  }
  /** Adds a thread's entries and those of its ancestors to `result`, nearest first. */
  const collect = (threadId: string, result: Map<string, LedgerEntry>, visited: Set<string>): void => {
    if (visited.has(threadId)) return
    visited.add(threadId)
    const { entries, ancestors } = load(threadId)
    for (const [messageId, entry] of entries) if (!result.has(messageId)) result.set(messageId, entry)
    for (const ancestor of ancestors) collect(ancestor, result, visited)
  }
  return {
    read(threadId, ancestors) {
      const result = new Map<string, LedgerEntry>()
      const visited = new Set<string>()
      collect(threadId, result, visited)
      for (const ancestor of ancestors) {
        const before = result.size
        collect(ancestor, result, visited)
        // Only an ancestor with entries is stored.
        if (result.size > before) append(threadId, { ancestor })
      }
      return result
    },
    add: (threadId, entry) => append(threadId, entry).entries.get(entry.messageId) ?? entry,
  }
}

function readNew(loaded: Loaded, bytes: Buffer, isWhole: (entry: LedgerEntry) => boolean, log: Log): void {
  // Bytes after the last line end are still being written, or were cut off by a crash.
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
  loaded.size += whole.length
  for (const line of whole.toString('utf8').split('\n')) {
    if (line === '') continue
    try {
      addLine(loaded, JSON.parse(line) as Line, isWhole)
    } catch {
      log.warn('ledger.line', { length: line.length })
    }
  }
}

/** A line without the shape of an entry is none: the next good one for its message counts. */
function addLine({ entries, ancestors }: Loaded, line: Line, isWhole: (entry: LedgerEntry) => boolean): void {
  if (!isObject(line as unknown)) return
  if ('ancestor' in line) {
    if (typeof line.ancestor === 'string') ancestors.add(line.ancestor)
  } else if (isEntry(line) && isWhole(line) && !entries.has(line.messageId)) entries.set(line.messageId, line)
}

function isEntry({
  messageId,
  turnId = '',
  content,
  kinds,
  model = null,
  effort = null,
  answer,
}: LedgerEntry): boolean {
  return (
    typeof messageId === 'string' &&
    typeof turnId === 'string' &&
    (content === null || (Array.isArray(content) && content.every(isObject))) &&
    Array.isArray(kinds) &&
    kinds.every((kind) => typeof kind === 'string') &&
    [model, effort, answer].every((value) => value === null || typeof value === 'string')
  )
}
