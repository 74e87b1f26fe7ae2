import type { RequestThread } from './request-thread.js'
import type { Tokens } from './session-entry.js'

/** Summary of this run so far. */
export interface SessionSummary {
  /** The user's most recent thread; null before the first request. */
  readonly threadId: string | null
  readonly model: string | null
  readonly effort: string | null
  readonly started: Date
  /** Number of model requests of the user's threads and of codex's own ones (sub-agents, titles, reviews). */
  readonly requests: { readonly user: number; readonly other: number }
  /** Number of turns of the user's threads. */
  readonly turns: number
  /** Token counts of all requests together. */
  readonly tokens: Tokens
}

export const NO_TOKENS: Tokens = { input: 0, cached: 0, output: 0, reasoning: 0, total: 0 }

/** Returns the sum of two token counts. */
export function addTokens(a: Tokens, b: Tokens | null): Tokens {
  if (b === null) return a
  return {
    input: a.input + b.input,
    cached: a.cached + b.cached,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    total: a.total + b.total,
  }
}

/** Creates the summary of a run, kept in memory. */
export function createSummary(): {
  begin(thread: RequestThread): void
  add(thread: RequestThread, tokens: Tokens | null): void
  read(): SessionSummary
} {
  const started = new Date()
  let current: RequestThread | null = null
  let lastTurn = ''
  let turns = 0
  let tokens = NO_TOKENS
  const requests = { user: 0, other: 0 }
  return {
    begin(thread) {
      if (thread.kind !== 'user') return
      // A compaction request names no model.
      current = {
        ...thread,
        model: thread.model ?? current?.model ?? null,
        effort: thread.effort ?? current?.effort ?? null,
      }
      if (thread.request !== 'turn' || thread.turn === lastTurn) return
      lastTurn = thread.turn
      turns += 1
    },
    add(thread, added) {
      requests[thread.kind === 'user' ? 'user' : 'other'] += 1
      tokens = addTokens(tokens, added)
    },
    read: () => ({
      threadId: current?.thread ?? null,
      model: current?.model ?? null,
      effort: current?.effort ?? null,
      started,
      requests: { ...requests },
      turns,
      tokens,
    }),
  }
}
