/** Whose thread it is: the user's, or one that codex runs for itself (codex-0.169 section 3). */
export type ThreadKind = 'user' | 'title' | 'subagent' | 'review' | 'system'

/** What an answer cost, as the model's server counts. */
export interface Tokens {
  readonly input: number
  /** The part of `input` that the server had in its cache. */
  readonly cached: number
  readonly output: number
  /** The part of `output` that was spent on reasoning. */
  readonly reasoning: number
  readonly total: number
}

/** A run of codex-plus that works on the thread; the first one of a file begins it. */
export interface RunEntry {
  readonly type: 'run'
  readonly thread: string
  readonly kind: ThreadKind
  /** Where codex works. */
  readonly project: string
  /** The thread that started this one, of a sub-agent or a review. */
  readonly parent: string | null
  readonly forkedFrom: string | null
  /** What codex calls a sub-agent, e.g. `/root/task_one`. */
  readonly agent: string | null
  readonly model: string | null
  readonly effort: string | null
  /** The version of codex-plus. */
  readonly version: string
}

/** Something the user said. */
export interface PromptEntry {
  readonly type: 'prompt'
  readonly turn: string
  readonly message: string
  /** What was typed, word for word. */
  readonly typed: string
  /** What the model was sent instead; null where it was sent as typed, or not at all. */
  readonly sent: string | null
  /** How many images went with it. */
  readonly images: number
  /** Whether it was answered here, without the model. */
  readonly local: boolean
}

/** A message of the assistant; `partial` where the stream broke off in it. */
export interface AnswerEntry {
  readonly type: 'answer'
  readonly turn: string
  readonly text: string
  readonly phase: string | null
  readonly local: boolean
  readonly partial: boolean
}

/** What the model told of its reasoning. */
export interface ReasoningEntry {
  readonly type: 'reasoning'
  readonly turn: string
  readonly text: string
}

/** A tool the model called. */
export interface CallEntry {
  readonly type: 'call'
  readonly turn: string
  readonly call: string
  readonly name: string
  readonly input: string
}

/** What a tool gave back. */
export interface ResultEntry {
  readonly type: 'result'
  readonly turn: string
  readonly call: string
  readonly output: string
}

/** What the hooks of one event did. */
export interface HookEntry {
  readonly type: 'hook'
  /** Empty for an event that belongs to no turn. */
  readonly turn: string
  readonly event: string
  readonly blocked: boolean
  readonly decision: string | null
  readonly reason: string | null
  readonly runs: ReadonlyArray<{ readonly command: string; readonly outcome: string; readonly ms: number }>
}

/** A request that is over: how it went, how long its steps took (in ms), what it cost. */
export interface RequestEntry {
  readonly type: 'request'
  readonly turn: string
  /** `turn`, `compaction`, or whatever else codex calls it. */
  readonly kind: string
  readonly model: string | null
  readonly effort: string | null
  /** What codex was answered; null where it failed here. */
  readonly status: number | null
  readonly end: 'complete' | 'truncated' | 'client-gone' | 'local' | 'failed'
  readonly error: string | null
  readonly ms: number
  readonly steps: Readonly<Record<string, number>>
  /** Until the first event of the answer. */
  readonly firstEventMs: number | null
  /** Body sizes: as it came and as it was sent, both decoded. */
  readonly bytes: { readonly came: number; readonly sent: number }
  readonly tokens: Tokens | null
}

/** One line of a session file, without the time it was written at. */
export type SessionEntry =
  | RunEntry
  | PromptEntry
  | AnswerEntry
  | ReasoningEntry
  | CallEntry
  | ResultEntry
  | HookEntry
  | RequestEntry

/** An entry as it stands in a file; `at` is an ISO time. */
export type Written<Entry extends SessionEntry = SessionEntry> = Entry & { readonly at: string }
