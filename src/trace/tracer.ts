// Trace: record what happened to each request of codex, follow the records live, and send a kept request again.
import { randomBytes } from 'node:crypto'
import type { Log, LogFields } from '../log/log.js'
import type { Observer, ProxyRequest, Sent, Step } from '../proxy/exchange.js'
import { type RequestThread, readThread } from '../session/request-thread.js'
import { type ResponseEnd, readResponseEnd } from '../session/response-entries.js'
import { createQueue } from '../session/write-queue.js'
import { isTerminal } from '../stream/truncation.js'
import type { TraceBegin, TraceEntry } from './trace-entry.js'

export interface TracerOptions {
  /** Returns the working directory of a thread, as far as it is known; null for a request without a thread. */
  projectOf(thread: string | null): string
  /** Called once per request; null when it is not traced. With `followed` its beginning is written too. */
  wanted(): { readonly followed: boolean } | null
  begin(entry: TraceBegin): void
  write(entry: TraceEntry): void
  /** Receives the error of what could not be written. */
  readonly onLost?: (error: unknown) => void
  /** Saves a request as it was sent; resolves to false for one that has no JSON. Null when requests are not saved. */
  readonly keep: ((id: string, request: ProxyRequest) => Promise<boolean>) | null
  readonly log: Log
}

/** A traced request in progress. */
interface Live {
  readonly id: string
  readonly thread: RequestThread | null
  readonly began: number
  readonly steps: Step[]
  readonly notes: Array<{ about: string } & LogFields>
  firstEvent: number | null
  events: number
  response: ResponseEnd | null
  sent: Sent | undefined
  local: boolean
}

/** Creates the observer that traces requests. `close` resolves once all are written, including those in progress. */
export function createTracer(options: TracerOptions): { observer: Observer; close(): Promise<void> } {
  const lost = (error: unknown): void => {
    options.log.warn('trace.write', { error: String(error) })
    options.onLost?.(error)
  }
  const queue = createQueue(lost)
  const requests = new Map<ProxyRequest, Live>()
  const run = randomBytes(2).toString('hex')
  let count = 0

  const projectOf = ({ thread }: Live): string => options.projectOf(thread?.thread ?? null)
  const withLive = (request: ProxyRequest, act: (live: Live) => void): void => {
    const live = requests.get(request)
    if (live) act(live)
  }
  const finish = (request: ProxyRequest, end: Pick<TraceEntry, 'status' | 'end' | 'error' | 'ms'>): void =>
    withLive(request, (live) => {
      requests.delete(request)
      queue.add(async () => {
        // A request that cannot be kept is traced all the same.
        const keeping = options.keep?.(live.id, request) ?? Promise.resolve(false)
        const kept = await keeping.catch((error: unknown) => {
          lost(error)
          return false
        })
        options.write(await entryOf(request, live, { ...end, kept }, projectOf(live)))
      })
    })
  const observer: Observer = {
    received(request) {
      const wanted = options.wanted()
      if (wanted === null) return
      count += 1
      const live = beginLive(`${run}-${count}`, readThread(request.headers))
      requests.set(request, live)
      if (wanted.followed) options.begin(beginOf(request, live, projectOf(live)))
    },
    step: (request, step) => withLive(request, (live) => void live.steps.push(step)),
    note: (request, about, fields) => withLive(request, (live) => void live.notes.push({ about, ...fields })),
    sent: (request, sent) =>
      withLive(request, (live) => {
        live.sent = sent
      }),
    answered: (request) =>
      withLive(request, (live) => {
        live.local = true
      }),
    event: (request, { type, data }) =>
      withLive(request, (live) => {
        live.firstEvent ??= performance.now()
        live.events += 1
        if (isTerminal(type) || type === 'error')
          queue.add(() => {
            live.response = readResponseEnd(data)
          })
      }),
    ended: (request, { status, ms, body }) =>
      finish(request, { status, ms, end: requests.get(request)?.local === true ? 'local' : body, error: null }),
    failed: (request, { error, ms }) => finish(request, { status: null, ms, end: 'failed', error: String(error) }),
    withdrawn: (request) => void requests.delete(request),
  }
  return {
    observer,
    async close() {
      // codex has ended, perhaps in the middle of a response.
      for (const [request, { began }] of [...requests]) {
        finish(request, { status: null, ms: performance.now() - began, end: 'client-gone', error: null })
      }
      await queue.drained()
    },
  }
}

function beginLive(id: string, thread: RequestThread | null): Live {
  const began = performance.now()
  return {
    id,
    thread,
    began,
    steps: [],
    notes: [],
    firstEvent: null,
    events: 0,
    response: null,
    sent: undefined,
    local: false,
  }
}

function beginOf({ method, path }: ProxyRequest, { id, thread }: Live, project: string): TraceBegin {
  return {
    id,
    pid: process.pid,
    project,
    method,
    path,
    thread: thread?.thread ?? null,
    turn: thread?.turn ?? null,
    kind: thread?.kind ?? null,
    request: thread?.request ?? null,
    model: thread?.model ?? null,
  }
}

async function entryOf(
  request: ProxyRequest,
  live: Live,
  end: Pick<TraceEntry, 'status' | 'end' | 'error' | 'ms' | 'kept'>,
  project: string,
): Promise<TraceEntry> {
  const { body } = request
  const { response } = live
  const lengths = await body.lengths().catch(() => null)
  return {
    ...beginOf(request, live, project),
    encoding: body.encoding,
    via: request.via ?? 'http',
    sent: live.sent?.as ?? null,
    bytes: {
      came: body.raw.length,
      text: lengths?.original ?? null,
      sent: live.sent?.bytes ?? lengths?.current ?? null,
    },
    changed: body.changed,
    steps: live.steps.map(({ name, ms }) => ({ name, ms: rounded(ms) })),
    notes: live.notes,
    ...end,
    error: end.error ?? response?.error ?? null,
    ms: rounded(end.ms),
    firstEventMs: live.firstEvent === null ? null : rounded(live.firstEvent - live.began),
    events: live.events,
    tokens: response?.tokens ?? null,
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
