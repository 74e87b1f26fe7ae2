// Folder proxy: the local HTTP server between codex and the model's server; each request goes through this pipeline.
import { CodexPlusError } from '../errors.js'
import type { EventFlow } from '../stream/event-flow.js'
import type { Answer, Carrier } from './carrier.js'
import type { LocalAnswer, Observer, ProxyRequest, Reshape, Sent, Stage } from './exchange.js'
import type { HttpUpstream } from './http-carrier.js'
import { createObservers } from './observers.js'

/** The functions and stages that a pipeline is made of. */
export interface PipelineParts extends HttpUpstream {
  /** Reads what the stages have to know about a request before they run; may answer it. Part of the step `read`. */
  prepare?(request: ProxyRequest): Promise<LocalAnswer | null>
  /** In the order they run: commands, modules, pre-input hooks. */
  readonly stages: readonly Stage[]
  /** May replace the model's response: post-output hooks. */
  readonly reshapes?: readonly Reshape[]
  readonly observers?: readonly Observer[]
}

/**
 * Reads a request, lets the stages rewrite it, sends it upstream and forwards the response as it arrives; the same for a
 * POST and for a frame of a WebSocket.
 */
export async function runPipeline<Leaving extends { readonly sent?: Sent }, Response extends Answer>(
  carrier: Carrier<Leaving, Response>,
  parts: Pick<PipelineParts, 'prepare' | 'stages' | 'reshapes' | 'observers'>,
): Promise<void> {
  const begun = performance.now()
  const request = await carrier.read((event, fields) => observers.note(event, fields))
  const observers = createObservers(request, parts.observers ?? [], begun)
  observers.received()
  const answer = (given: LocalAnswer): void => {
    observers.answered(given)
    observers.ended(carrier.answer(given), 'complete')
  }
  try {
    const refused = (await parts.prepare?.(request)) ?? null
    observers.step('read')
    if (refused !== null) return answer(refused)
    for (const stage of parts.stages) {
      const given = await stage.rewrite(request)
      observers.step(stage.name)
      if (request.signal.aborted) throw new CodexPlusError('CP_UPSTREAM_ABORTED', 'codex gave the request up.')
      if (given !== null) return answer(given)
    }

    const leaving = await carrier.address(request)
    if (leaving === null) return observers.withdrawn()
    observers.step('address')
    observers.sent(leaving.sent)
    const response = await carrier.send(leaving)
    observers.step('send')
    const events = reshaped(request, response, parts.reshapes ?? [])
    const end = await carrier.forward(response, events, observers.event, observers.refused)
    observers.step('forward')
    observers.ended(response.status, end)
  } catch (error) {
    observers.failed(error)
    throw error
  }
}

/** The response's events after the reshapes, each on what the one before made; null where none changes anything. */
function reshaped(request: ProxyRequest, { stream }: Answer, reshapes: readonly Reshape[]): EventFlow | null {
  let flow: EventFlow | null = null
  for (const reshape of stream === null ? [] : reshapes) {
    const before: EventFlow | null = flow
    const answer = { encoding: stream?.encoding ?? null, events: () => before ?? stream?.events() ?? null }
    flow = reshape(request, answer) ?? flow
  }
  return flow
}
