import type { ThreadKind, Tokens } from '../session/session-entry.js'

/** What happened to one request of codex: a line of a trace, and of the log at level `debug`. */
export interface TraceEntry {
  /** What `plus trace ID` and `plus replay ID` go by. */
  readonly id: string
  /** The process id of the codex-plus it went through, and where that works. */
  readonly pid: number
  readonly project: string
  readonly method: string
  readonly path: string
  readonly thread: string | null
  readonly turn: string | null
  readonly kind: ThreadKind | null
  /** `turn`, `compaction`; null for a request that is of no thread. */
  readonly request: string | null
  readonly model: string | null
  /** The content-encoding it came in. */
  readonly encoding: string
  /** In bytes: as it came, decoded, and decoded as it was sent. Null where it could not be decoded. */
  readonly bytes: { readonly came: number; readonly text: number | null; readonly sent: number | null }
  /** Whether a stage put another text in its place. */
  readonly changed: boolean
  /** In ms, in the order they were done. */
  readonly steps: ReadonlyArray<{ readonly name: string; readonly ms: number }>
  /** What the stages told of it, e.g. the command that matched. */
  readonly notes: ReadonlyArray<{ readonly about: string } & Readonly<Record<string, unknown>>>
  /** What codex was answered; null where it failed here. */
  readonly status: number | null
  readonly end: 'complete' | 'truncated' | 'client-gone' | 'local' | 'failed'
  readonly error: string | null
  readonly ms: number
  readonly firstEventMs: number | null
  /** How many events its answer had. */
  readonly events: number
  readonly tokens: Tokens | null
  /** Whether it was kept for `plus replay`. */
  readonly kept: boolean
}

/** A request that has just come, told to those who watch. */
export type TraceBegin = Pick<
  TraceEntry,
  'id' | 'pid' | 'project' | 'method' | 'path' | 'thread' | 'turn' | 'kind' | 'request' | 'model'
>
