import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'

/** What codex says of the turn a request belongs to (codex-0.169 section 3, header `x-codex-turn-metadata`). */
export interface Turn {
  readonly threadId: string
  readonly turnId: string
  /** The threads whose history this one may hold: the one it was forked from, its parent, the root. */
  readonly ancestors: readonly string[]
  /** Whether the user's own words may be in it: a turn of the user's, not a title, review, sub-agent or compaction. */
  readonly ofUser: boolean
  /** A thread that codex runs to find a title for another. */
  readonly forTitle: boolean
  readonly trigger: string | null
  readonly model: string | null
  readonly effort: string | null
}

/** Threads that codex runs for itself. */
const SYNTHETIC_SOURCES = new Set(['thread_title', 'system', 'subagent', 'guardian_review'])

/** What one key of the turn's metadata says; null where it is not a text. */
export type TurnMetadata = (key: string) => string | null

/** Reads the header that codex describes a turn with; null for a request that carries none. */
export function readMetadata(headers: HeaderList): TurnMetadata | null {
  const text = headerValue(headers, 'x-codex-turn-metadata')
  if (text === null) return null
  let values: unknown
  try {
    values = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof values !== 'object' || values === null) return null
  const known = values as Record<string, unknown>
  return (key) => {
    const value = known[key]
    return typeof value === 'string' && value !== '' ? value : null
  }
}

/** Reads the turn's metadata; null for a request that carries none. */
export function readTurn(headers: HeaderList): Turn | null {
  const string = readMetadata(headers)
  if (string === null) return null
  const threadId = string('thread_id')
  if (threadId === null) return null
  const ancestors = [string('forked_from_thread_id'), string('parent_thread_id'), string('session_id')]
  const synthetic =
    SYNTHETIC_SOURCES.has(string('thread_source') ?? 'user') || headerValue(headers, 'x-openai-subagent') !== null
  return {
    threadId,
    turnId: string('turn_id') ?? '',
    ancestors: ancestors.filter((id): id is string => id !== null && id !== threadId),
    ofUser: string('request_kind') === 'turn' && !synthetic,
    forTitle: string('thread_source') === 'thread_title',
    trigger: string('turn_trigger'),
    model: string('model'),
    effort: string('reasoning_effort'),
  }
}
