// Sessions: record codex's threads to files, and find, read and export them.
import type { HookOutcome } from '../hooks/decide/event-outcome.js'
import type { Log } from '../log/log.js'
import { loadSecretRules, warmSecretRules } from '../log/secret-rules.js'
import type { LocalAnswer, Observer, ProxyRequest, Sent, Step } from '../proxy/exchange.js'
import { headerValue } from '../request/header-list.js'
import type { InputItem } from '../request/input-item.js'
import type { ResponseEvent } from '../stream/truncation.js'
import { CLIPPED_MESSAGE, clip, MESSAGE_LIMIT, TOOL_LIMIT } from './entry-text.js'
import { type DigestPrompt, digestRequest, findPrompt } from './request-digest.js'
import { type RequestThread, readThread } from './request-thread.js'
import { itemEntry, parse, type ResponseEnd, readResponseEnd } from './response-entries.js'
import type { RequestEntry, SessionEntry, Tokens } from './session-entry.js'
import type { SessionStore } from './session-store.js'
import { createSummary, type SessionSummary } from './session-summary.js'
import { createQueue } from './write-queue.js'

export interface RecorderOptions {
  /** Null to write nothing; the summary of the run is kept in any case. */
  readonly store: SessionStore | null
  /** Returns the working directory of a thread. */
  projectOf(thread: string): string
  /** The version of codex-plus. */
  readonly version: string
  /** Credentials of this run, removed from everything that is recorded. */
  readonly secrets: readonly string[]
  readonly log: Log
}

/** Records requests and responses in the files of their threads. */
export interface Recorder {
  readonly observer: Observer
  summary(): SessionSummary
  /** Records the hooks of an event; `turnId` is empty for an event without a turn. */
  hookRan(turn: { readonly threadId: string; readonly turnId: string }, event: string, outcome: HookOutcome): void
  /** Resolves once everything seen so far is written. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** A request of a thread in progress. */
interface Live extends RequestThread {
  readonly secrets: readonly string[]
  readonly steps: Step[]
  readonly began: number
  firstEvent: number | null
  /** Data of text delta events of the unfinished item that were not read yet, and its length. */
  deltas: string[]
  deltaLength: number
  /** The text of those that were: no more of it than an entry may hold, and the length of all of it. */
  partial: { text: string; length: number }
  /** What the terminal event says; null before it. */
  response: ResponseEnd | null
  calls: number
  answer: LocalAnswer | null
  /** How it went over a WebSocket. */
  sent: Sent | undefined
  bytes: RequestEntry['bytes']
}

type RequestEnd = Pick<RequestEntry, 'status' | 'end' | 'ms'> & { readonly error: unknown }

/** The turn of a thread, with the ids that were already recorded. */
interface Turn {
  readonly id: string
  readonly known: Set<string>
}

/** Creates the recorder of a run. Parsing runs after the bytes are forwarded, in the order of the events. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { store, log } = options
  const queue = createQueue((error) => log.warn('session.record', { error: String(error) }))
  let prepared = store === null
  /** Adds a task; the rules for credentials are loaded before the first text is written. */
  const later = (task: () => void | Promise<void>): void => {
    if (!prepared) queue.add(loadSecretRules)
    prepared = true
    queue.add(task)
  }
  // While codex starts, and not while the first request waits for its answer.
  if (store !== null) later(warmSecretRules)
  const summary = createSummary()
  const requests = new Map<ProxyRequest, Live>()
  const turns = new Map<string, Turn>()
  /** Items of requests that were read; over a WebSocket later requests hold the same ones. */
  const read = new WeakSet<InputItem>()

  const write = (live: Live, entry: SessionEntry): void => store?.append(live.thread, entry, live.secrets)
  /** Returns the ids of this turn that were recorded; a thread's first request also writes a `run` entry. */
  const knownOf = (live: Live): Set<string> => {
    const turn = turns.get(live.thread)
    if (turn === undefined) write(live, runEntry(live, options))
    if (turn?.id === live.turn) return turn.known
    const known = new Set<string>()
    turns.set(live.thread, { id: live.turn, known })
    return known
  }

  const readRequest = async (request: ProxyRequest, live: Live): Promise<void> => {
    const known = knownOf(live)
    const came = (await request.body.originalParts())?.items ?? []
    const { original, current } = await request.body.lengths()
    live.bytes = live.sent
      ? { came: request.body.raw.length, sent: live.sent.bytes }
      : { came: original, sent: current }
    if (store === null || live.turn === '') return
    const digest = digestRequest(came, live.turn, { ids: known, items: read })
    const sent = request.body.changed ? ((await request.body.parts())?.items ?? []) : null
    for (const { call, output } of digest.results) {
      known.add(call)
      write(live, { type: 'result', turn: live.turn, call, output: clip(output, TOOL_LIMIT) })
    }
    for (const prompt of digest.prompts) {
      known.add(prompt.message)
      write(live, promptEntry(prompt, sent && findPrompt(sent, prompt.message), live))
    }
    if (live.answer && !live.answer.failed) write(live, answerEntry(live, live.answer.text, true))
  }
  const readItem = (data: string, live: Live): void => {
    const item = parse(data)?.item
    const entry =
      typeof item === 'object' && item !== null ? itemEntry(item as Record<string, unknown>, live.turn) : null
    if (entry === null) return
    if (entry.type === 'call') live.calls += 1
    write(live, entry)
  }
  const finish = (live: Live, end: RequestEnd): void => {
    readDeltas(live.deltas, live.partial)
    const { text, length } = live.partial
    if (length > 0) write(live, { ...answerEntry(live, text, false, length), partial: true })
    const { response } = live
    const tokens: Tokens | null = response?.tokens ?? null
    summary.add(live, tokens)
    const error = end.error === null ? (response?.error ?? null) : clip(String(end.error), 2000)
    write(live, {
      type: 'request',
      turn: live.turn,
      kind: live.request,
      model: response?.model ?? live.model,
      effort: live.effort,
      status: end.status,
      end: end.end,
      error,
      ms: rounded(end.ms),
      steps: Object.fromEntries(live.steps.map(({ name, ms }) => [name, rounded(ms)])),
      firstEventMs: live.firstEvent === null ? null : rounded(live.firstEvent - live.began),
      bytes: live.bytes,
      tokens,
    })
    // After tool calls the turn continues with another request: no sync yet.
    if (live.calls === 0 || end.end !== 'complete') store?.sync(live.thread)
  }
  /** Calls `act` with a request in progress immediately; tasks that it queues run later. */
  const withLive = (request: ProxyRequest, act: (live: Live) => void): void => {
    const live = requests.get(request)
    if (live) act(live)
  }

  /** Ends a request; further ends of the same request are ignored. */
  const end = (request: ProxyRequest, endOf: (live: Live) => RequestEnd): void =>
    withLive(request, (live) => {
      requests.delete(request)
      later(() => finish(live, endOf(live)))
    })

  const observer: Observer = {
    received(request) {
      if (request.method !== 'POST' || !/^\/responses(\?|$)/.test(request.path)) return
      const thread = readThread(request.headers)
      // A prewarm asks for no answer: it is no request of the user.
      if (thread === null || thread.request === 'prewarm') return
      summary.begin(thread)
      requests.set(request, beginLive(thread, [...options.secrets, ...secretsOf(request)]))
    },
    step: (request, step) => withLive(request, (live) => void live.steps.push(step)),
    sent: (request, sent) =>
      withLive(request, (live) => {
        live.sent = sent
        later(() => readRequest(request, live))
      }),
    answered: (request, answer) =>
      withLive(request, (live) => {
        live.answer = answer
        later(() => readRequest(request, live))
      }),
    event: (request, event) =>
      withLive(request, (live) =>
        takeEvent(live, event, {
          onDeltas: (deltas, partial) => later(() => readDeltas(deltas, partial)),
          onItem: (data) => later(() => readItem(data, live)),
          onEnd: (data) =>
            later(() => {
              live.response = readResponseEnd(data)
            }),
        }),
      ),
    ended: (request, { status, ms, body }) =>
      end(request, ({ answer }) => ({
        status,
        ms,
        end: answer ? 'local' : body,
        error: answer?.failed ? answer.text : null,
      })),
    failed: (request, { error, ms }) => end(request, () => ({ status: null, ms, end: 'failed', error })),
    withdrawn: (request) => void requests.delete(request),
  }
  return {
    observer,
    summary: summary.read,
    hookRan({ threadId, turnId }, event, { blocked, decision, reason, runs }) {
      const short = runs.map(({ command, outcome, ms }) => ({ command: clip(command, 500), outcome, ms: rounded(ms) }))
      const entry: SessionEntry = { type: 'hook', turn: turnId, event, blocked, decision, reason, runs: short }
      later(() => store?.append(threadId, entry, options.secrets))
    },
    flush: () => queue.drained(),
    async close() {
      // codex has ended, perhaps in the middle of a response.
      for (const request of [...requests.keys()]) {
        end(request, ({ began }) => ({ status: null, ms: performance.now() - began, end: 'client-gone', error: null }))
      }
      await queue.drained()
      store?.close()
    },
  }
}

function beginLive(thread: RequestThread, secrets: readonly string[]): Live {
  return {
    ...thread,
    secrets,
    steps: [],
    began: performance.now(),
    firstEvent: null,
    deltas: [],
    deltaLength: 0,
    partial: { text: '', length: 0 },
    response: null,
    calls: 0,
    answer: null,
    sent: undefined,
    bytes: { came: 0, sent: 0 },
  }
}

/** Stores an event's data without parsing it, since this runs while bytes are forwarded. */
function takeEvent(
  live: Live,
  { type, data }: ResponseEvent,
  tasks: {
    onDeltas(deltas: readonly string[], partial: Live['partial']): void
    onItem(data: string): void
    onEnd(data: string): void
  },
): void {
  live.firstEvent ??= performance.now()
  if (type === 'response.output_text.delta') {
    live.deltas.push(data)
    live.deltaLength += data.length
    if (live.deltaLength < DELTA_LIMIT) return
    tasks.onDeltas(live.deltas, live.partial)
    live.deltas = []
    live.deltaLength = 0
  } else if (type === 'response.output_item.done') {
    live.deltas = []
    live.deltaLength = 0
    live.partial = { text: '', length: 0 }
    tasks.onItem(data)
  } else if (TERMINAL.has(type)) tasks.onEnd(data)
}

/** How much data of deltas waits to be read, in UTF-16 units: most answers end before, and are read from their item. */
const DELTA_LIMIT = 256 * 1024

/** Adds the text of deltas to what is known of an unfinished item. */
function readDeltas(deltas: readonly string[], partial: Live['partial']): void {
  const text = deltas.map((data) => parse(data)?.delta).join('')
  partial.length += text.length
  const room = CLIPPED_MESSAGE - partial.text.length
  if (room > 0) partial.text += text.slice(0, room)
}

const TERMINAL = new Set(['response.completed', 'response.failed', 'response.incomplete', 'error'])

function runEntry(live: Live, { projectOf, version }: RecorderOptions): SessionEntry {
  const project = projectOf(live.thread)
  const { thread, kind, parent, forkedFrom, agent, model, effort } = live
  return { type: 'run', thread, kind, project, parent, forkedFrom, agent, model, effort, version }
}

function promptEntry(prompt: DigestPrompt, replacement: DigestPrompt | null, live: Live): SessionEntry {
  const changed = replacement !== null && replacement.text !== prompt.text
  return {
    type: 'prompt',
    turn: live.turn,
    message: prompt.message,
    typed: clip(prompt.text, MESSAGE_LIMIT),
    sent: changed ? clip(replacement.text, MESSAGE_LIMIT) : null,
    images: replacement?.images ?? prompt.images,
    local: live.answer !== null,
  }
}

function answerEntry(
  { turn }: Live,
  text: string,
  local: boolean,
  length = text.length,
): Extract<SessionEntry, { type: 'answer' }> {
  return { type: 'answer', turn, text: clip(text, MESSAGE_LIMIT, length), phase: null, local, partial: false }
}

/** Returns the credential of a request, which may appear in the output of a tool. */
function secretsOf({ headers }: ProxyRequest): string[] {
  const value = headerValue(headers, 'authorization')?.replace(/^\S+\s+/, '') ?? ''
  return value.length >= 12 ? [value] : []
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
