// Folder proxy: the local HTTP server between codex and the model's server; each request goes through this pipeline.
import { headerPairs } from '../request/header-list.js'
import { readBody } from '../request/request-body.js'
import type { UpstreamRequest, UpstreamResponse } from '../upstream/upstream.js'
import type { Exchange, LocalAnswer, Observer, ProxyRequest, Reshape, Stage } from './exchange.js'
import { forwardResponse } from './forward-response.js'
import { answerLocally } from './local-answer.js'
import { createObservers } from './observers.js'

/** The functions and stages that a pipeline is made of. */
export interface PipelineParts {
  /** Reads what the stages have to know about a request before they run; may answer it. Part of the step `read`. */
  prepare?(request: ProxyRequest): Promise<LocalAnswer | null>
  /** In the order they run: commands, modules, pre-input hooks. */
  readonly stages: readonly Stage[]
  /** Decides where the request goes and builds the request to send. */
  address(request: ProxyRequest): Promise<UpstreamRequest>
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  /** May replace the model's response: post-output hooks. */
  readonly reshapes?: readonly Reshape[]
  readonly observers?: readonly Observer[]
}

/** Reads a request, lets the stages rewrite it, sends it upstream and forwards the response as it arrives. */
export async function runPipeline(exchange: Exchange, parts: PipelineParts): Promise<void> {
  const begun = performance.now()
  const { incoming, outgoing, path, signal } = exchange
  const request: ProxyRequest = {
    method: incoming.method ?? 'GET',
    path,
    headers: headerPairs(incoming.rawHeaders),
    body: await readBody(incoming),
    signal,
    note: (event, fields) => observers.note(event, fields),
  }
  const observers = createObservers(request, parts.observers ?? [], begun)
  observers.received()
  const answer = (given: LocalAnswer): void => {
    observers.answered(given)
    observers.ended(answerLocally(outgoing, given), 'complete')
  }
  try {
    const refused = (await parts.prepare?.(request)) ?? null
    observers.step('read')
    if (refused !== null) return answer(refused)
    for (const stage of parts.stages) {
      const given = await stage.rewrite(request)
      observers.step(stage.name)
      if (given !== null) return answer(given)
    }

    const leaving = await parts.address(request)
    observers.step('address')
    observers.sent()
    let response = await parts.send(leaving)
    observers.step('send')
    for (const reshape of parts.reshapes ?? []) response = (await reshape(request, response)) ?? response
    const end = await forwardResponse(request, response, outgoing, observers.event)
    observers.step('forward')
    observers.ended(response.status, end)
  } catch (error) {
    observers.failed(error)
    throw error
  }
}
