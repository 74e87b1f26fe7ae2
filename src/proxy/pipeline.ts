import type { ServerResponse } from 'node:http'
import { CodexPlusError } from '../errors.js'
import { readBody } from '../request/body.js'
import { headerPairs } from '../request/headers.js'
import { declaredLength, encodingOf, isResponsesStream, responseHeaders } from '../request/response-headers.js'
import { forwardBody } from '../stream/forward.js'
import type { ResponseEvent } from '../stream/watch.js'
import { watchStream } from '../stream/watch.js'
import type { UpstreamRequest, UpstreamResponse } from '../upstream/upstream.js'
import { answerLocally } from './answer.js'
import type { Exchange, ProxyRequest, Stage } from './exchange.js'

/** What the pipeline needs from the stages around it. */
export interface PipelineParts {
  /** In the order they run: commands, modules, pre-input hooks. */
  readonly stages: readonly Stage[]
  /** Where the request goes, and the request as it leaves. */
  address(request: ProxyRequest): Promise<UpstreamRequest>
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  /** Sees each event of a model's answer; it cannot change it. */
  observe?(request: ProxyRequest, event: ResponseEvent): void
}

/** The life of a request: read, rewritten by the stages, sent upstream, and its answer forwarded as it arrives. */
export async function runPipeline(exchange: Exchange, parts: PipelineParts): Promise<void> {
  const { incoming, outgoing, path, signal } = exchange
  const body = await readBody(incoming)
  const request: ProxyRequest = {
    method: incoming.method ?? 'GET',
    path,
    headers: headerPairs(incoming.rawHeaders),
    body,
    signal,
  }

  for (const stage of parts.stages) {
    const answer = await stage.rewrite(request)
    if (answer) return answerLocally(outgoing, answer.text)
  }

  const response = await parts.send(await parts.address(request))
  await passOn(request, response, outgoing, parts)
}

/** Writes the upstream's headers and body to codex; throws CP_UPSTREAM_RESPONSE where the headers cannot be written. */
async function passOn(
  request: ProxyRequest,
  response: UpstreamResponse,
  outgoing: ServerResponse,
  parts: PipelineParts,
): Promise<void> {
  try {
    outgoing.sendDate = false
    outgoing.writeHead(response.status, response.statusText, responseHeaders(response.headers).flat())
    // Not flushHeaders: it writes the bytes of a header as UTF-8, which they are not (they are read as latin1).
    outgoing.write(NOTHING)
  } catch (cause) {
    // A status or header that node does not write.
    response.body.on('error', () => {}).destroy()
    const message = 'The answer of the upstream has headers that cannot be passed on.'
    throw new CodexPlusError('CP_UPSTREAM_RESPONSE', message, { cause })
  }
  const observe = parts.observe?.bind(parts, request)
  const watch = isResponsesStream(request, response) ? watchStream(encodingOf(response.headers), observe) : null
  const bodiless = request.method === 'HEAD' || response.status === 204 || response.status === 304
  await forwardBody(response.body, outgoing, { watch, length: bodiless ? null : declaredLength(response.headers) })
}

const NOTHING = Buffer.alloc(0)
