import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'

/** The turn a request belongs to, from codex's header `x-codex-turn-metadata` (codex-0.169 section 3). */
export interface Turn {
  readonly threadId: string
  readonly turnId: string
  /** The threads whose history this one may contain: the one it was forked from, its parent, the root. */
  readonly ancestors: readonly string[]
  /** Whether it is a turn of the user, not a title, review, sub-agent or compaction. */
  readonly ofUser: boolean
  /** Whether codex runs this thread to generate a title for another one. */
  readonly forTitle: boolean
  readonly trigger: string | null
  readonly model: string | null
  readonly effort: string | null
}

/** Threads that codex runs for itself. */
const SYNTHETIC_SOURCES = new Set(['thread_title', 'system', 'subagent', 'guardian_review'])

/** Returns the value of one key of the turn's metadata; null when it is not a non-empty string. */
export type TurnMetadata = (key: string) => string | null

/** Reads codex's turn metadata header; null for a request without it. */
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

/** Reads the turn of a request; null for a request without turn metadata. */
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
