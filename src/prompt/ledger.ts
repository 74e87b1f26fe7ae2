import { appendFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log/log.js'
import { makePrivateFolder } from '../paths.js'
import type { JsonObject } from '../request/request-body.js'
import { threadFile } from './thread-file.js'

/** A message as it was sent in place of what the user typed. */
export interface LedgerEntry {
  readonly messageId: string
  /** The turn it was said in, whose model and effort it may choose. */
  readonly turnId: string
  /** The parts of the message; null when it stays as typed and only its command's answer was given here. */
  readonly content: readonly JsonObject[] | null
  /** One kind a part (`content_item_kinds`). */
  readonly kinds: readonly string[]
  readonly model: string | null
  readonly effort: string | null
  /** The answer that was given here, in place of the model's; null where the message was sent. */
  readonly answer: string | null
  /** The message and its answer are between the user and us: later requests leave them out. */
  readonly aside?: boolean
}

/** Every rewrite of a thread, for ever the same (design, rule 2). */
export interface Ledger {
  /**
   * The entries of a thread and of those whose history it holds; the thread's own come first. Where a thread came from is
   * kept too: codex names only the thread that a fork was made of, not the one that this one was made of.
   */
  read(threadId: string, ancestors: readonly string[]): ReadonlyMap<string, LedgerEntry>
  /** Keeps an entry. The first for a message stays, whoever wrote it: its bytes are what the server has seen. */
  add(threadId: string, entry: LedgerEntry): LedgerEntry
}

/** Threads that nobody touched for so long are forgotten, in ms. */
const KEEP_FOR = 180 * 24 * 60 * 60 * 1000

/** A line of a ledger file: an entry, or a thread whose entries count here too. */
type Line = LedgerEntry | { readonly ancestor: string }

interface Loaded {
  readonly entries: Map<string, LedgerEntry>
  readonly ancestors: Set<string>
  /** How much of the file was read, up to the end of a line. */
  size: number
}

/**
 * Opens the ledger in a folder: one append-only file a thread, so that two processes may write to the same. Where the
 * folder cannot be written, entries last as long as the process, and `onUnwritable` is told.
 */
export function openLedger(
  folder: string,
  log: Log,
  onUnwritable: (folder: string, error: unknown) => void = () => {},
): Ledger {
  const threads = new Map<string, Loaded>()
  let prepared = false

  const load = (threadId: string): Loaded => {
    const loaded = threads.get(threadId) ?? { entries: new Map(), ancestors: new Set(), size: 0 }
    threads.set(threadId, loaded)
    const file = threadFile(folder, threadId)
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
      // Also what another process has written meanwhile.
      if (size > loaded.size) readNew(loaded, readFileSync(file).subarray(loaded.size), log)
    } catch (error) {
      log.warn('ledger.read', { file, error: String(error) })
    }
    return loaded
  }
  const append = (threadId: string, line: Line): Loaded => {
    try {
      if (!prepared) {
        makePrivateFolder(folder)
        prune(folder, log)
        prepared = true
      }
      // One write of one line: the file system keeps lines of different processes apart (O_APPEND). The line end in front
      // closes what a crash may have cut off.
      appendFileSync(threadFile(folder, threadId), `\n${JSON.stringify(line)}\n`, { mode: 0o600 })
    } catch (error) {
      // A full or read-only disk: the run goes on with what it remembers itself.
      log.error('ledger.write', { folder, error: String(error) })
      onUnwritable(folder, error)
      take(load(threadId), line)
    }
    return load(threadId)
  }
  /** Adds a thread's entries and those of its ancestors to `result`, nearest first. */
  const collect = (threadId: string, result: Map<string, LedgerEntry>, met: Set<string>): void => {
    if (met.has(threadId)) return
    met.add(threadId)
    const { entries, ancestors } = load(threadId)
    for (const [messageId, entry] of entries) if (!result.has(messageId)) result.set(messageId, entry)
    for (const ancestor of ancestors) collect(ancestor, result, met)
  }
  return {
    read(threadId, ancestors) {
      const result = new Map<string, LedgerEntry>()
      const met = new Set<string>()
      collect(threadId, result, met)
      for (const ancestor of ancestors) {
        const before = result.size
        collect(ancestor, result, met)
        // Only what has something to say is worth a line.
        if (result.size > before) append(threadId, { ancestor })
      }
      return result
    },
    add: (threadId, entry) => append(threadId, entry).entries.get(entry.messageId) ?? entry,
  }
}

function readNew(loaded: Loaded, bytes: Buffer, log: Log): void {
  // What follows the last line end is still being written, or was cut by a crash.
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
  loaded.size += whole.length
  for (const line of whole.toString('utf8').split('\n')) {
    if (line === '') continue
    try {
      take(loaded, JSON.parse(line) as Line)
    } catch {
      log.warn('ledger.line', { length: line.length })
    }
  }
}

function take({ entries, ancestors }: Loaded, line: Line): void {
  if ('ancestor' in line) ancestors.add(line.ancestor)
  else if (!entries.has(line.messageId)) entries.set(line.messageId, line)
}

function prune(folder: string, log: Log): void {
  const limit = Date.now() - KEEP_FOR
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    try {
      if (statSync(file).mtimeMs < limit) rmSync(file)
    } catch (error) {
      log.debug('ledger.prune', { error: String(error) })
    }
  }
}
