import { Readable } from 'node:stream'
import { headerPairs } from '../request/header-list.js'
import { readBody } from '../request/request-body.js'
import { encodingOf, isResponsesStream } from '../request/response-headers.js'
import { type EventFlow, formatFlowEvent, readFlow } from '../stream/event-flow.js'
import type { UpstreamRequest, UpstreamResponse } from '../upstream/upstream.js'
import type { Answer, Carrier } from './carrier.js'
import type { Exchange, ProxyRequest, Sent } from './exchange.js'
import { forwardResponse } from './forward-response.js'
import { readAlong } from './keep-stream-start.js'
import { answerLocally } from './local-answer.js'

/** How HTTP requests reach the server. */
export interface HttpUpstream {
  /** Decides where the request goes and builds the request to send. */
  address(request: ProxyRequest): Promise<UpstreamRequest>
  send(request: UpstreamRequest): Promise<UpstreamResponse>
}

type HttpAnswer = Answer & { readonly request: ProxyRequest; readonly response: UpstreamResponse }
type Leaving = { readonly request: ProxyRequest; readonly upstream: UpstreamRequest; readonly sent?: Sent }

/** Creates the carrier of one HTTP request of codex. */
export function createHttpCarrier(exchange: Exchange, upstream: HttpUpstream): Carrier<Leaving, HttpAnswer> {
  const { incoming, outgoing, path, signal } = exchange
  return {
    read: async (note) => ({
      method: incoming.method ?? 'GET',
      path,
      via: 'http',
      headers: headerPairs(incoming.rawHeaders),
      body: await readBody(incoming),
      signal,
      note,
    }),
    answer: (answer) => answerLocally(outgoing, answer),
    address: async (request) => ({ request, upstream: await upstream.address(request) }),
    async send(leaving) {
      const response = await upstream.send(leaving.upstream)
      const encoding = encodingOf(response.headers)
      const stream = isResponsesStream(leaving.request, response)
        ? { encoding, events: () => readFlow(response.body, encoding) }
        : null
      return { status: response.status, stream, request: leaving.request, response }
    },
    async forward({ request, response }, events, onEvent, onRefused) {
      const { status } = response
      const body =
        onRefused && status >= 400 && encodingOf(response.headers) === null
          ? readAlong(response.body, (text) => onRefused(status, text))
          : response.body
      const whole = events === null ? { ...response, body } : withEvents(response, events)
      return await forwardResponse(request, whole, outgoing, onEvent)
    },
  }
}

function withEvents(response: UpstreamResponse, events: EventFlow): UpstreamResponse {
  const headers = response.headers.filter(([name]) => !/^content-(encoding|length)$/i.test(name))
  return { ...response, headers, body: Readable.from(bytesOf(events), { objectMode: false }) }
}

async function* bytesOf(events: EventFlow): AsyncIterable<Buffer> {
  for await (const event of events) yield Buffer.from(formatFlowEvent(event))
}
