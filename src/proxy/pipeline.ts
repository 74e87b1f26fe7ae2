import { headerPairs } from '../request/header-list.js'
import { readBody } from '../request/request-body.js'
import type { UpstreamRequest, UpstreamResponse } from '../upstream/upstream.js'
import type { Exchange, Observer, ProxyRequest, Reshape, Stage } from './exchange.js'
import { forwardResponse } from './forward-response.js'
import { answerLocally } from './local-answer.js'
import { createObservers } from './observers.js'

/** What the pipeline needs from the stages around it. */
export interface PipelineParts {
  /** In the order they run: commands, modules, pre-input hooks. */
  readonly stages: readonly Stage[]
  /** Where the request goes, and the request as it leaves. */
  address(request: ProxyRequest): Promise<UpstreamRequest>
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  /** May put other answers in place of the model's: post-output hooks. */
  readonly reshapes?: readonly Reshape[]
  readonly observers?: readonly Observer[]
}

/** The life of a request: read, rewritten by the stages, sent upstream, and its answer forwarded as it arrives. */
export async function runPipeline(exchange: Exchange, parts: PipelineParts): Promise<void> {
  const begun = performance.now()
  const { incoming, outgoing, path, signal } = exchange
  const request: ProxyRequest = {
    method: incoming.method ?? 'GET',
    path,
    headers: headerPairs(incoming.rawHeaders),
    body: await readBody(incoming),
    signal,
    note: (event, fields) => witness.note(event, fields),
  }
  const witness = createObservers(request, parts.observers ?? [], begun)
  witness.received()
  witness.step('read')
  try {
    for (const stage of parts.stages) {
      const answer = await stage.rewrite(request)
      witness.step(stage.name)
      if (answer === null) continue
      witness.answered(answer)
      return witness.ended(answerLocally(outgoing, answer), 'complete')
    }

    const leaving = await parts.address(request)
    witness.step('address')
    witness.sent()
    let response = await parts.send(leaving)
    witness.step('send')
    for (const reshape of parts.reshapes ?? []) response = (await reshape(request, response)) ?? response
    const end = await forwardResponse(request, response, outgoing, witness.event)
    witness.step('forward')
    witness.ended(response.status, end)
  } catch (error) {
    witness.failed(error)
    throw error
  }
}
