import type { Readable } from 'node:stream'
import type { ResponseEvent } from '../../stream/truncation.js'
import { isTerminal, watchStream } from '../../stream/truncation.js'

/** The events of one answer of the model, one after the other. */
export type EventFlow = AsyncIterable<ResponseEvent>

/**
 * The events of a body as they arrive; null for an encoding that cannot be read here. A body that breaks off throws; one
 * that nobody reads on is destroyed.
 */
export function readFlow(body: Readable, encoding: string | null): EventFlow | null {
  const queue: ResponseEvent[] = []
  const watch = watchStream(encoding, (event) => void queue.push(event))
  return watch && read(body, watch, queue)
}

async function* read(
  body: Readable,
  watch: NonNullable<ReturnType<typeof watchStream>>,
  queue: ResponseEvent[],
): EventFlow {
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      watch.push(part)
      yield* queue.splice(0)
    }
    await watch.end()
    yield* queue.splice(0)
  } finally {
    body.on('error', () => {}).destroy()
  }
}

/** One event as it goes to codex. */
export function formatFlowEvent({ type, data }: ResponseEvent): string {
  const lines = data.split('\n').map((line) => `data: ${line}\n`)
  return `${type === '' ? '' : `event: ${type}\n`}${lines.join('')}\n`
}

/** The type of an event by its data. Throws for what is no event. */
export function eventOf(data: string): ResponseEvent {
  const value = JSON.parse(data) as { type?: unknown } | null
  if (typeof value?.type !== 'string') throw new Error('it gave an event without a type')
  return { type: value.type, data }
}

/** Notes what comes, on its way to the hooks. */
export async function* noted(flow: EventFlow, note: (event: ResponseEvent) => void): EventFlow {
  for await (const event of flow) {
    note(event)
    yield event
  }
}

/**
 * Sees to it that the answer ends as the model's did: its terminal event cannot be dropped, forged or followed by anything.
 */
export async function* ended(
  flow: EventFlow,
  terminal: () => ResponseEvent | null,
  say: (line: string) => void,
): EventFlow {
  for await (const event of flow) {
    const own = terminal()
    if (!isTerminal(event.type)) {
      yield event
      continue
    }
    if (own === null) {
      say('a post_output hook gave an end before the model did; it is left out.')
      continue
    }
    const same = event.type === own.type && responseId(event) === responseId(own)
    if (!same) say("a post_output hook changed the answer's end; the model's own is passed on.")
    yield same ? event : own
    return
  }
  const own = terminal()
  if (own !== null) yield own
}

function responseId({ data }: ResponseEvent): unknown {
  try {
    return (JSON.parse(data) as { response?: { id?: unknown } }).response?.id
  } catch {
    return undefined
  }
}
