import type { ThreadKind, Tokens } from '../session/session-entry.js'

/** What happened to one request of codex: one line of a trace, and of the log at level `debug`. */
export interface TraceEntry {
  /** The ID for `plus trace ID` and `plus replay ID`. */
  readonly id: string
  /** The process id of the codex-plus that forwarded it, and the working directory of the thread (`project`). */
  readonly pid: number
  readonly project: string
  readonly method: string
  readonly path: string
  readonly thread: string | null
  readonly turn: string | null
  readonly kind: ThreadKind | null
  /** `turn`, `compaction`; null for a request without a thread. */
  readonly request: string | null
  readonly model: string | null
  /** As an HTTP request, or as a frame of a WebSocket. */
  readonly via: 'http' | 'ws'
  /** How a frame was sent: as codex's bytes, as an addition to what the server holds, or as a whole; null for HTTP. */
  readonly sent: 'as it came' | 'delta' | 'whole' | null
  /** The content-encoding it was received with. */
  readonly encoding: string
  /**
   * Sizes in bytes: as received, decoded, and as sent (decoded). For a frame of a WebSocket: the frame, the request it
   * stands for, and the frame that was sent. Null when it could not be decoded.
   */
  readonly bytes: { readonly came: number; readonly text: number | null; readonly sent: number | null }
  /** Whether a stage changed the body. */
  readonly changed: boolean
  /** The steps in order, with their duration in ms. */
  readonly steps: ReadonlyArray<{ readonly name: string; readonly ms: number }>
  /** Notes of the stages, e.g. the command that matched. */
  readonly notes: ReadonlyArray<{ readonly about: string } & Readonly<Record<string, unknown>>>
  /** The HTTP status sent to codex; null when the request failed in codex-plus. */
  readonly status: number | null
  readonly end: 'complete' | 'truncated' | 'client-gone' | 'local' | 'failed'
  readonly error: string | null
  readonly ms: number
  readonly firstEventMs: number | null
  /** Number of events in its response. */
  readonly events: number
  readonly tokens: Tokens | null
  /** Whether it was saved for `plus replay`. */
  readonly kept: boolean
}

/** A request that has arrived, written for those who follow the trace. */
export type TraceBegin = Pick<
  TraceEntry,
  'id' | 'pid' | 'project' | 'method' | 'path' | 'thread' | 'turn' | 'kind' | 'request' | 'model'
>
