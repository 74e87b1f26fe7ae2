import { closeSync, fchmodSync, fstatSync, fsync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Log } from '../log/log.js'
import { redactValue } from '../log/redact.js'
import { makePrivateFolder } from '../paths.js'
import { threadFile } from '../prompt/thread-file.js'
import type { SessionEntry } from './session-entry.js'

/** Writes the threads of a run, a file each. */
export interface SessionStore {
  /** Appends an entry, redacted; `secrets` are credentials in use, left out wherever they stand. */
  append(threadId: string, entry: SessionEntry, secrets?: readonly string[]): void
  /** What was appended survives a power cut from here on; done in the background. */
  sync(threadId: string): void
  /** Where a thread is written. */
  file(threadId: string): string
  close(): void
}

export interface StoreOptions {
  readonly folder: string
  /** In bytes; a thread that has as much is written no further. */
  readonly fileLimit: number
  readonly log: Log
  /** One line for a person about what is not recorded. */
  onNotice?(line: string): void
}

/** So many threads are kept open at a time; a run with many sub-agents opens the others anew. */
const OPEN_FILES = 16

/** Opens the store in a folder (0700; files 0600). A disk that cannot be written costs the record, never the session. */
export function openStore({ folder, fileLimit, log, onNotice }: StoreOptions): SessionStore {
  const open = new Map<string, number>()
  const full = new Set<string>()

  const descriptorOf = (threadId: string): number => {
    const known = open.get(threadId)
    // The one used last stands last.
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
      onNotice?.(`${folder} cannot be written (${why}): this session is not recorded, or not all of it.`)
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
          onNotice?.(`thread ${threadId} is recorded no further: its file is as large as sessionMegabytes allows.`)
          return
        }
        writeLine(descriptor, formatLine(entry, secrets))
      })
    },
    sync(threadId) {
      const descriptor = open.get(threadId)
      if (descriptor === undefined) return
      // A file that was closed meanwhile was synced then.
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
  // One that was restored from elsewhere keeps its mode otherwise.
  fchmodSync(descriptor, 0o600)
  return descriptor
}

/**
 * One write of one line: with O_APPEND the file system keeps the lines of different processes apart. The line end in
 * front closes what a crash may have cut off. A write that was cut short is done anew: nobody reads the half of a line.
 */
function writeLine(descriptor: number, line: Buffer): void {
  for (let attempt = 0; attempt < 3; attempt += 1) if (writeSync(descriptor, line) === line.length) return
  throw new Error('the disk takes only a part of a line')
}

function formatLine(entry: SessionEntry, secrets: readonly string[]): Buffer {
  const at = new Date().toISOString()
  const line = JSON.stringify({ at, ...(redactValue(entry) as object) })
  return Buffer.from(`\n${secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line)}\n`)
}
