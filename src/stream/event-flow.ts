import type { Readable } from 'node:stream'
import { type ResponseEvent, watchStream } from './truncation.js'

/** The events of one model response, in order. */
export type EventFlow = AsyncIterable<ResponseEvent>

/**
 * Returns the events of a body as they arrive; null if codex-plus cannot decode the encoding. Iterating throws if the body
 * is cut off; stopping early destroys the body.
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

/** Formats an event as server-sent event text for codex. */
export function formatFlowEvent({ type, data }: ResponseEvent): string {
  const lines = data.split('\n').map((line) => `data: ${line}\n`)
  return `${type === '' ? '' : `event: ${type}\n`}${lines.join('')}\n`
}
