import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestBody } from '../request/body.js'
import type { ForwardEnd } from '../stream/forward.js'
import type { ResponseEvent } from '../stream/watch.js'
import type { HeaderList, UpstreamResponse } from '../upstream/upstream.js'

/** One request of codex and the answer that is owed to it. */
export interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** Path and query below the secret segment and its `/v1`, e.g. `/responses`. */
  readonly path: string
  /** Aborted when codex goes away. */
  readonly signal: AbortSignal
}

/** A request on its way through the stages. */
export interface ProxyRequest {
  readonly method: string
  readonly path: string
  /** As they came, hop-by-hop headers included; a stage may put others in their place. */
  headers: HeaderList
  readonly body: RequestBody
  readonly signal: AbortSignal
}

/** An answer that is given here, without the model's server: a finished message of the assistant. */
export interface LocalAnswer {
  readonly text: string
}

/** Something that may rewrite a request, or answer it itself. */
export interface Stage {
  readonly name: string
  rewrite(request: ProxyRequest): Promise<LocalAnswer | null>
}

/** Sees what passes, and changes nothing. A failing observer costs what it observes, never the request. */
export interface Observer {
  /** A request as it leaves, after every stage. */
  sent?(request: ProxyRequest): void
  /** One event of a model's answer, as codex gets it. */
  event?(request: ProxyRequest, event: ResponseEvent): void
  /** A request that was answered here. */
  answered?(request: ProxyRequest, answer: LocalAnswer): void
  /** The end of an exchange; `status` is what codex was answered, `ms` the time since the request was read. */
  ended?(request: ProxyRequest, end: { readonly status: number; readonly ms: number; readonly body: ForwardEnd }): void
}

/** Puts another body in the place of an answer's, as a stream; null leaves the answer as it is. */
export type Reshape = (request: ProxyRequest, response: UpstreamResponse) => Promise<UpstreamResponse | null>
