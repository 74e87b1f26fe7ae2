import type {
  AnswerEntry,
  CallEntry,
  HookEntry,
  PromptEntry,
  ReasoningEntry,
  RequestEntry,
  RunEntry,
  Tokens,
  Written,
} from './session-entry.js'
import { addTokens, NO_TOKENS } from './session-summary.js'

/** A tool call and its output; null when no output was recorded. */
export interface ToolUse {
  readonly type: 'tool'
  readonly at: string
  readonly call: string
  readonly name: string
  readonly input: string
  readonly output: string | null
}

export type ConversationStep =
  | Written<AnswerEntry>
  | Written<ReasoningEntry>
  | Written<HookEntry>
  | Written<PromptEntry>
  | ToolUse

/** One turn: the user's prompt and all steps that followed, in order. */
export interface ConversationTurn {
  readonly id: string
  readonly at: string
  readonly steps: readonly ConversationStep[]
  readonly requests: ReadonlyArray<Written<RequestEntry>>
  readonly tokens: Tokens
  /** Time from the beginning of its first request to its last entry, in ms. */
  readonly ms: number
}

/** A recorded thread, ordered by turns. */
export interface Conversation {
  readonly thread: string
  readonly kind: RunEntry['kind']
  readonly project: string
  readonly parent: string | null
  readonly forkedFrom: string | null
  readonly started: string
  readonly updated: string
  readonly models: readonly string[]
  /** The user's first prompt in one line; empty when there is none. */
  readonly title: string
  readonly turns: readonly ConversationTurn[]
  readonly tokens: Tokens
}

/** Builds a conversation from the entries of a file; null when they contain no `run` entry. */
export function readConversation(entries: readonly Written[]): Conversation | null {
  const run = entries.find((entry): entry is Written<RunEntry> => entry.type === 'run')
  const [first, last] = [entries[0], entries.at(-1)]
  if (run === undefined || first === undefined || last === undefined) return null
  const turns = turnsOf(entries)
  const models = entries.flatMap((entry) =>
    (entry.type === 'run' || entry.type === 'request') && entry.model !== null ? [entry.model] : [],
  )
  return {
    thread: run.thread,
    kind: run.kind,
    project: run.project,
    parent: run.parent,
    forkedFrom: run.forkedFrom,
    started: first.at,
    updated: last.at,
    models: [...new Set(models)],
    title: titleOf(entries),
    turns,
    tokens: turns.reduce((sum, { tokens }) => addTokens(sum, tokens), NO_TOKENS),
  }
}

/** Returns the user's first prompt in one line of at most 200 characters; empty when there is none. */
export function titleOf(entries: readonly Written[]): string {
  const prompt = entries.find((entry): entry is Written<PromptEntry> => entry.type === 'prompt')
  return prompt?.typed.trim().split(/\s+/).join(' ').slice(0, 200) ?? ''
}

interface OpenTurn {
  readonly id: string
  readonly entries: Written[]
}

/**
 * Groups entries by turn. A turn's entries may be interleaved with others: two processes may write to one thread.
 * Entries without a turn (the hooks of a session's start) are added to the turn that follows them.
 */
function turnsOf(entries: readonly Written[]): ConversationTurn[] {
  const turns = new Map<string, OpenTurn>()
  let waiting: Written[] = []
  for (const entry of entries) {
    if (entry.type === 'run') continue
    waiting.push(entry)
    if (entry.turn === '') continue
    const turn = turns.get(entry.turn) ?? { id: entry.turn, entries: [] }
    turns.set(entry.turn, turn)
    turn.entries.push(...waiting)
    waiting = []
  }
  const last = [...turns.values()].at(-1)
  last?.entries.push(...waiting)
  return [...turns.values()].map(toTurn)
}

function toTurn({ id, entries }: OpenTurn): ConversationTurn {
  const steps: ConversationStep[] = []
  const requests: Array<Written<RequestEntry>> = []
  const seen = new Set<string>()
  const outputs = new Map(
    entries.flatMap((entry) => (entry.type === 'result' ? [[entry.call, entry.output] as const] : [])),
  )
  for (const entry of entries) {
    if (entry.type === 'request') requests.push(entry)
    else if (entry.type === 'call') steps.push(toolUse(entry, outputs.get(entry.call) ?? null))
    else if (entry.type === 'prompt' && seen.has(entry.message)) continue
    else if (entry.type !== 'result' && entry.type !== 'run') steps.push(entry)
    if (entry.type === 'prompt') seen.add(entry.message)
  }
  // A request is recorded when it ends, so it may have begun before the first recorded entry.
  const begins = [entries[0]?.at ?? '', ...requests.map((request) => isoBefore(request.at, request.ms))].sort()
  const at = begins.find((begin) => begin !== '') ?? ''
  const ms = Date.parse(entries.at(-1)?.at ?? '') - Date.parse(at)
  const tokens = requests.reduce((sum, request) => addTokens(sum, request.tokens), NO_TOKENS)
  return { id, at, steps, requests, tokens, ms: Number.isFinite(ms) ? ms : 0 }
}

function isoBefore(at: string, ms: number): string {
  const time = Date.parse(at) - ms
  return Number.isNaN(time) ? at : new Date(time).toISOString()
}

function toolUse({ at, call, name, input }: Written<CallEntry>, output: string | null): ToolUse {
  return { type: 'tool', at, call, name, input, output }
}
