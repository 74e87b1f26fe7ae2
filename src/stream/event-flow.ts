import type { Readable } from 'node:stream'
import { CodexPlusError } from '../errors.js'
import { type ResponseEvent, type StreamWatch, watchStream } from './truncation.js'

/** The events of one model response, in order. */
export type EventFlow = AsyncIterable<ResponseEvent>

/**
 * Returns the events of a body as they arrive; null if codex-plus cannot decode the encoding. Iterating throws if the body
 * is cut off, and CP_UPSTREAM_RESPONSE if an event is too large; stopping early destroys the body.
 */
export function readFlow(body: Readable, encoding: string | null): EventFlow | null {
  const queue: ResponseEvent[] = []
  const watch = watchStream(encoding, (event) => void queue.push(event))
  return watch && read(body, watch, queue)
}

async function* read(body: Readable, watch: StreamWatch, queue: ResponseEvent[]): EventFlow {
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      watch.push(part)
      yield* queue.splice(0)
      requireWhole(watch)
    }
    await watch.end()
    yield* queue.splice(0)
    requireWhole(watch)
  } finally {
    body.on('error', () => {}).destroy()
  }
}

function requireWhole({ gaveUp }: StreamWatch): void {
  if (gaveUp) throw new CodexPlusError('CP_UPSTREAM_RESPONSE', 'An event of the response has more than 64 MB.')
}

/** Formats an event as server-sent event text for codex. */
export function formatFlowEvent({ type, data }: ResponseEvent): string {
  const lines = data.split('\n').map((line) => `data: ${line}\n`)
  return `${type === '' ? '' : `event: ${type}\n`}${lines.join('')}\n`
}
