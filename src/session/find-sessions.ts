import { readFileSync } from 'node:fs'
import { CodexPlusError } from '../errors.js'
import { isWithin, statsOf } from '../paths.js'
import { threadFile } from '../prompt/thread-file.js'
import { type Conversation, readConversation } from './conversation.js'
import { parseEntries } from './read-entries.js'
import type { Tokens, Written } from './session-entry.js'
import { type SessionFile, sessionFiles } from './session-folder.js'

/** Conditions for threads; one that is not set accepts every thread. */
export interface SessionQuery {
  /** Text in the prompts, answers, tool calls or tool outputs; case is ignored. */
  readonly text?: string
  /** Threads of this folder and its subfolders. */
  readonly project?: string
  /** Last written in this time, in ms since 1970. */
  readonly since?: number
  readonly until?: number
  /** Whether to include threads that codex runs for itself. */
  readonly all?: boolean
  readonly limit?: number
}

/** One row of the list of sessions. */
export interface SessionRow {
  readonly thread: string
  readonly kind: Conversation['kind']
  readonly project: string
  readonly started: string
  readonly updated: string
  readonly title: string
  readonly turns: number
  readonly models: readonly string[]
  readonly tokens: Tokens
  /** In bytes. */
  readonly size: number
  readonly file: string
}

/** Finds threads, most recently written first. Files are read only until `limit` is reached. */
export function findSessions(folder: string, query: SessionQuery): SessionRow[] {
  const rows: SessionRow[] = []
  for (const file of sessionFiles(folder)) {
    if (query.since !== undefined && file.changed < query.since) break
    if (query.until !== undefined && file.changed > query.until) continue
    const row = readRow(file, query)
    if (row !== null) rows.push(row)
    if (rows.length === query.limit) break
  }
  return rows
}

function readRow({ path, size }: SessionFile, query: SessionQuery): SessionRow | null {
  const bytes = readOrNull(path)
  if (bytes === null) return null
  const entries = parseEntries(bytes)
  const conversation = readConversation(entries)
  if (conversation === null) return null
  const { thread, kind, project, started, updated, title, turns, models, tokens } = conversation
  if (kind !== 'user' && !query.all) return null
  if (query.project !== undefined && !isWithin(project, query.project)) return null
  if (query.text !== undefined && !mentions(entries, query.text.toLowerCase())) return null
  return { thread, kind, project, started, updated, title, turns: turns.length, models, tokens, size, file: path }
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

function mentions(entries: readonly Written[], text: string): boolean {
  return entries.some((entry) => textsOf(entry).some((value) => value.toLowerCase().includes(text)))
}

function textsOf(entry: Written): string[] {
  switch (entry.type) {
    case 'prompt':
      return [entry.typed, entry.sent ?? '']
    case 'answer':
    case 'reasoning':
      return [entry.text]
    case 'call':
      return [entry.name, entry.input]
    case 'result':
      return [entry.output]
    default:
      return []
  }
}

/** Returns the last 8 characters of a thread's id: ids of one day begin alike (UUIDv7). */
export function shortId(thread: string): string {
  return thread.slice(-8)
}

/**
 * Returns the full id of a thread for a full id, a part that only one thread has, or `last`, the user's most recent
 * thread. Throws CP_SESSION_NOT_FOUND.
 */
export function resolveThread(folder: string, given: string): string {
  if (given === 'last') {
    const [row] = findSessions(folder, { limit: 1 })
    if (row) return row.thread
    throw new CodexPlusError('CP_SESSION_NOT_FOUND', 'no session has been recorded yet.')
  }
  if (statsOf(threadFile(folder, given))) return given
  const ids = sessionFiles(folder).map(({ path }) => path.slice(folder.length + 1, -'.jsonl'.length))
  const found = ids.filter((id) => given !== '' && id.includes(given))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const what = found.length > 1 ? `${found.length} sessions match '${given}'.` : `there is no session '${given}'.`
  throw new CodexPlusError('CP_SESSION_NOT_FOUND', what, {
    hint: found.length > 1 ? 'Give more of its id.' : '`codex-plus sessions list` shows the recorded sessions.',
  })
}
