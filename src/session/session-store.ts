import { closeSync, fchmodSync, fstatSync, fsync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Log } from '../log/log.js'
import { redactValue } from '../log/redact.js'
import { makePrivateFolder } from '../paths.js'
import { threadFile } from '../prompt/thread-file.js'
import type { SessionEntry } from './session-entry.js'

/** Writes the threads of a run, one file per thread. */
export interface SessionStore {
  /** Appends a redacted entry; `secrets` are credentials in use, replaced wherever they occur. */
  append(threadId: string, entry: SessionEntry, secrets?: readonly string[]): void
  /** Flushes a thread's file to disk in the background, so that its entries survive a power failure. */
  sync(threadId: string): void
  /** Returns the file of a thread. */
  file(threadId: string): string
  close(): void
}

export interface StoreOptions {
  readonly folder: string
  /** Maximum size of a thread's file in bytes; a larger one gets no more entries. */
  readonly fileLimit: number
  readonly log: Log
  /** Gets a one-line warning for the user when something is not recorded. */
  onNotice?(line: string): void
}

/** Maximum number of open files; a run with more threads (sub-agents) reopens the others. */
const OPEN_FILES = 16

/**
 * Opens the store in a folder (0700; files 0600). If it cannot be written, the record is incomplete; nothing throws.
 */
export function openStore({ folder, fileLimit, log, onNotice }: StoreOptions): SessionStore {
  const open = new Map<string, number>()
  const full = new Set<string>()

  const descriptorOf = (threadId: string): number => {
    const known = open.get(threadId)
    // Reinserted below, so that the most recently used one is last.
    if (known !== undefined) open.delete(threadId)
    const descriptor = known ?? openThread(folder, threadId)
    open.set(threadId, descriptor)
    for (const [oldest] of open) {
      if (open.size <= OPEN_FILES) break
      closeThread(oldest)
    }
    return descriptor
  }
  const closeThread = (threadId: string): void => {
    const descriptor = open.get(threadId)
    open.delete(threadId)
    if (descriptor === undefined) return
    attempt('session.close', () => {
      fsyncSync(descriptor)
      closeSync(descriptor)
    })
  }
  const attempt = (event: string, act: () => void): void => {
    try {
      act()
    } catch (error) {
      log.warn(event, { error: String(error) })
      const why = (error as NodeJS.ErrnoException).code ?? String(error)
      onNotice?.(`${folder} cannot be written (${why}): this session is not recorded completely.`)
    }
  }
  return {
    append(threadId, entry, secrets = []) {
      if (full.has(threadId)) return
      attempt('session.write', () => {
        const descriptor = descriptorOf(threadId)
        if (fstatSync(descriptor).size >= fileLimit) {
          full.add(threadId)
          log.warn('session.full', { thread: threadId, limit: fileLimit })
          onNotice?.(`recording of thread ${threadId} stopped: its file has reached the limit set by sessionMegabytes.`)
          return
        }
        writeLine(descriptor, formatLine(entry, secrets))
      })
    },
    sync(threadId) {
      const descriptor = open.get(threadId)
      if (descriptor === undefined) return
      // Errors are ignored: a file that was closed in the meantime was synced by that.
      fsync(descriptor, () => {})
    },
    file: (threadId) => threadFile(folder, threadId),
    close() {
      for (const threadId of [...open.keys()]) closeThread(threadId)
    },
  }
}

function openThread(folder: string, threadId: string): number {
  makePrivateFolder(folder)
  const descriptor = openSync(threadFile(folder, threadId), 'a', 0o600)
  // A file restored from a backup may have another mode.
  fchmodSync(descriptor, 0o600)
  return descriptor
}

/**
 * Writes one line with one write: with O_APPEND the file system keeps the lines of different processes apart. The
 * leading line end terminates a line that a crash cut off. After a short write the whole line is written again; readers
 * skip incomplete lines.
 */
function writeLine(descriptor: number, line: Buffer): void {
  for (let attempt = 0; attempt < 3; attempt += 1) if (writeSync(descriptor, line) === line.length) return
  throw new Error('only a part of a line could be written')
}

function formatLine(entry: SessionEntry, secrets: readonly string[]): Buffer {
  const at = new Date().toISOString()
  const line = JSON.stringify({ at, ...(redactValue(entry) as object) })
  return Buffer.from(
    `\n${secrets.reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), '[redacted]'), line)}\n`,
  )
}
