import type { EventFlow } from '../../stream/event-flow.js'
import { isTerminal, type ResponseEvent } from '../../stream/truncation.js'

/** Builds an event from its JSON data. Throws if the data has no type. */
export function eventOf(data: string): ResponseEvent {
  const value = JSON.parse(data) as { type?: unknown } | null
  if (typeof value?.type !== 'string') throw new Error('it returned an event without a type')
  return { type: value.type, data }
}

/** Calls `observe` for each event before the hooks get it. */
export async function* observeFlow(flow: EventFlow, observe: (event: ResponseEvent) => void): EventFlow {
  for await (const event of flow) {
    observe(event)
    yield event
  }
}

/** Makes sure that the response ends with the model's terminal event: hooks cannot drop, forge or follow it. */
export async function* enforceEnd(
  flow: EventFlow,
  terminal: () => ResponseEvent | null,
  say: (line: string) => void,
): EventFlow {
  for await (const event of flow) {
    const original = terminal()
    if (!isTerminal(event.type)) {
      yield event
      continue
    }
    if (original === null) {
      say('a post_output hook ended the response before the model did; its terminal event is ignored.')
      continue
    }
    const same = event.type === original.type && responseId(event) === responseId(original)
    if (!same) say("a post_output hook changed the type or id of the terminal event; the model's own event is sent.")
    yield same ? event : original
    return
  }
  const original = terminal()
  if (original !== null) yield original
}

function responseId({ data }: ResponseEvent): unknown {
  try {
    return (JSON.parse(data) as { response?: { id?: unknown } }).response?.id
  } catch {
    return undefined
  }
}
