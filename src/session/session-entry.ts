/** Whose thread it is: the user's, or one that codex runs for itself (codex-0.169 section 3). */
export type ThreadKind = 'user' | 'title' | 'subagent' | 'review' | 'system'

/** Token counts of a response, as reported by the server. */
export interface Tokens {
  readonly input: number
  /** The part of `input` that was served from the cache. */
  readonly cached: number
  readonly output: number
  /** The part of `output` that was spent on reasoning. */
  readonly reasoning: number
  readonly total: number
}

/** A run of codex-plus that works on the thread; a file begins with one. */
export interface RunEntry {
  readonly type: 'run'
  readonly thread: string
  readonly kind: ThreadKind
  /** The working directory of codex. */
  readonly project: string
  /** The thread that started this sub-agent or review; else null. */
  readonly parent: string | null
  readonly forkedFrom: string | null
  /** codex's name of a sub-agent, e.g. `/root/task_one`. */
  readonly agent: string | null
  readonly model: string | null
  readonly effort: string | null
  /** The version of codex-plus. */
  readonly version: string
}

/** A message of the user. */
export interface PromptEntry {
  readonly type: 'prompt'
  readonly turn: string
  readonly message: string
  /** The text as typed. */
  readonly typed: string
  /** The text sent to the model instead; null when it was sent as typed, or not at all. */
  readonly sent: string | null
  /** Number of images sent with it. */
  readonly images: number
  /** Whether it was answered locally, without the model. */
  readonly local: boolean
}

/** A message of the assistant; `partial` when the stream ended in the middle of it. */
export interface AnswerEntry {
  readonly type: 'answer'
  readonly turn: string
  readonly text: string
  readonly phase: string | null
  readonly local: boolean
  readonly partial: boolean
}

/** A summary of the model's reasoning. */
export interface ReasoningEntry {
  readonly type: 'reasoning'
  readonly turn: string
  readonly text: string
}

/** A tool call of the model. */
export interface CallEntry {
  readonly type: 'call'
  readonly turn: string
  readonly call: string
  readonly name: string
  readonly input: string
}

/** The output of a tool. */
export interface ResultEntry {
  readonly type: 'result'
  readonly turn: string
  readonly call: string
  readonly output: string
}

/** The hooks of one event and their decision. */
export interface HookEntry {
  readonly type: 'hook'
  /** Empty for an event without a turn. */
  readonly turn: string
  readonly event: string
  readonly blocked: boolean
  readonly decision: string | null
  readonly reason: string | null
  readonly runs: ReadonlyArray<{ readonly command: string; readonly outcome: string; readonly ms: number }>
}

/** A request that has ended: its result, the durations of its steps (in ms), and its tokens. */
export interface RequestEntry {
  readonly type: 'request'
  readonly turn: string
  /** `turn`, `compaction`, or another kind that codex names. */
  readonly kind: string
  readonly model: string | null
  readonly effort: string | null
  /** The HTTP status sent to codex; null when the request failed in codex-plus. */
  readonly status: number | null
  readonly end: 'complete' | 'truncated' | 'client-gone' | 'local' | 'failed'
  readonly error: string | null
  readonly ms: number
  readonly steps: Readonly<Record<string, number>>
  /** Time until the first event of the response, in ms. */
  readonly firstEventMs: number | null
  /** Body sizes in bytes, as received and as sent, both decoded. */
  readonly bytes: { readonly came: number; readonly sent: number }
  readonly tokens: Tokens | null
}

/** One line of a session file, without its time. */
export type SessionEntry =
  | RunEntry
  | PromptEntry
  | AnswerEntry
  | ReasoningEntry
  | CallEntry
  | ResultEntry
  | HookEntry
  | RequestEntry

/** An entry as stored in a file; `at` is an ISO time. */
export type Written<Entry extends SessionEntry = SessionEntry> = Entry & { readonly at: string }
