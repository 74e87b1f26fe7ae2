import { readMetadata } from '../prompt/turn.js'
import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'
import type { ThreadKind } from './session-entry.js'

/** The thread and the turn that a request of codex belongs to. */
export interface RequestThread {
  readonly thread: string
  readonly turn: string
  readonly kind: ThreadKind
  /** `turn`, `compaction`, `prewarm`. */
  readonly request: string
  readonly parent: string | null
  readonly forkedFrom: string | null
  readonly agent: string | null
  readonly model: string | null
  readonly effort: string | null
}

/** Reads the thread of a request from codex's headers; null for a request without one. */
export function readThread(headers: HeaderList): RequestThread | null {
  const value = readMetadata(headers)
  const thread = value?.('thread_id') ?? null
  if (value === null || thread === null) return null
  return {
    thread,
    turn: value('turn_id') ?? '',
    kind: kindOf(value('thread_source'), value('subagent_kind') ?? headerValue(headers, 'x-openai-subagent')),
    request: value('request_kind') ?? 'turn',
    parent: value('parent_thread_id'),
    forkedFrom: value('forked_from_thread_id'),
    agent: value('agent_name'),
    model: value('model'),
    effort: value('reasoning_effort'),
  }
}

/** Maps codex's thread source and sub-agent to a kind (codex-0.169 section 3, request classes). */
function kindOf(source: string | null, subagent: string | null): ThreadKind {
  if (source === 'thread_title') return 'title'
  if (source === 'system') return 'system'
  if (source === 'guardian_review' || subagent === 'review' || subagent === 'guardian') return 'review'
  return source === 'subagent' || subagent !== null ? 'subagent' : 'user'
}
