import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LogFields } from '../log/log.js'
import type { HeaderList } from '../request/header-list.js'
import type { RequestBody } from '../request/request-body.js'
import type { ForwardEnd } from '../stream/forward-body.js'
import type { ResponseEvent } from '../stream/truncation.js'
import type { UpstreamResponse } from '../upstream/upstream.js'

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
  /** Tells the observers what a stage found or did, e.g. which command it expanded; never a credential. */
  readonly note?: (event: string, fields: LogFields) => void
}

/** One step of a request's way. */
export interface Step {
  /** `read`, the name of a stage, `address`, `send` (until the headers of the response are there), `forward`. */
  readonly name: string
  readonly ms: number
}

/** An answer that is given here, without the model's server: a finished message of the assistant. */
export interface LocalAnswer {
  readonly text: string
  /** codex shall ask again at once: the answer came into a turn that is not over. */
  readonly goOn?: boolean
  /** The text is an error: the turn fails with it, and nothing is recorded as the model's answer. */
  readonly failed?: boolean
}

/** Something that may rewrite a request, or answer it itself. */
export interface Stage {
  readonly name: string
  rewrite(request: ProxyRequest): Promise<LocalAnswer | null>
}

/** Sees what passes, and changes nothing. A failing observer costs what it observes, never the request. */
export interface Observer {
  /** A request as it came, before every stage. */
  received?(request: ProxyRequest): void
  /** A step that is done; told in order, and all of them before the end. */
  step?(request: ProxyRequest, step: Step): void
  /** What a stage has to tell of a request. */
  note?(request: ProxyRequest, event: string, fields: LogFields): void
  /** A request as it leaves, after every stage. */
  sent?(request: ProxyRequest): void
  /** One event of a model's answer, as codex gets it. */
  event?(request: ProxyRequest, event: ResponseEvent): void
  /** A request that was answered here. */
  answered?(request: ProxyRequest, answer: LocalAnswer): void
  /** The end of an exchange; `status` is what codex was answered, `ms` the time since the request came. */
  ended?(request: ProxyRequest, end: { readonly status: number; readonly ms: number; readonly body: ForwardEnd }): void
  /** The end of an exchange that failed here, or before a response came; `ms` as above. */
  failed?(request: ProxyRequest, failure: { readonly error: unknown; readonly ms: number }): void
}

/** Puts another body in the place of an answer's, as a stream; null leaves the answer as it is. */
export type Reshape = (request: ProxyRequest, response: UpstreamResponse) => Promise<UpstreamResponse | null>
