import type { LogFields } from '../../log/log.js'

/** So many sockets lost in the middle of a response within so many ms: codex goes on over HTTP then. */
const [LOST_LIMIT, LOST_WITHIN] = [3, 60_000]

/** A note about a request that codex sends again. */
export type KeptNote = readonly [event: string, fields: LogFields]

/** What a run remembers of its WebSockets when they are gone. */
export interface SocketMemory {
  /** Why a thread's next upgrade is refused, so that it goes on over HTTP; null when it is not. */
  refusal(thread: string): string | null
  /** A thread has sent what codex-plus cannot handle on a WebSocket. */
  giveUp(thread: string, why: string): void
  /** A server has ended a socket in the middle of a response. */
  lost(): void
  /** Keeps the notes of a request that codex was told to send again. */
  keepNotes(thread: string, notes: readonly KeptNote[]): void
  /** Returns the notes kept for a thread, once. */
  takeNotes(thread: string): readonly KeptNote[]
}

/** Creates the memory of one run; `now` gives the time in ms. */
export function createSocketMemory(now: () => number = Date.now): SocketMemory {
  const givenUp = new Map<string, string>()
  const notes = new Map<string, readonly KeptNote[]>()
  let losses: number[] = []
  let lostTooOften = false
  return {
    refusal(thread) {
      if (lostTooOften) return `the server ended ${LOST_LIMIT} WebSockets in the middle of a response within a minute`
      return givenUp.get(thread) ?? null
    },
    giveUp: (thread, why) => void givenUp.set(thread, why),
    lost() {
      losses = [...losses.filter((time) => time > now() - LOST_WITHIN), now()]
      if (losses.length >= LOST_LIMIT) lostTooOften = true
    },
    keepNotes: (thread, kept) => void notes.set(thread, [...(notes.get(thread) ?? []), ...kept]),
    takeNotes(thread) {
      const kept = notes.get(thread) ?? []
      notes.delete(thread)
      return kept
    },
  }
}
