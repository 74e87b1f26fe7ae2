import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LogFields } from '../log/log.js'
import type { HeaderList } from '../request/header-list.js'
import type { RequestBody } from '../request/request-body.js'
import type { ForwardEnd } from '../stream/forward-body.js'
import type { ResponseEvent } from '../stream/truncation.js'
import type { UpstreamResponse } from '../upstream/upstream.js'

/** One request of codex and its response. */
export interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** Path and query below the secret segment and its `/v1`, e.g. `/responses`. */
  readonly path: string
  /** Aborted when codex closes the connection. */
  readonly signal: AbortSignal
}

/** A request that passes through the stages. */
export interface ProxyRequest {
  readonly method: string
  readonly path: string
  /** As received, hop-by-hop headers included; a stage may replace them. */
  headers: HeaderList
  readonly body: RequestBody
  readonly signal: AbortSignal
  /** Reports to the observers what a stage did, e.g. which command it expanded; never a credential. */
  readonly note?: (event: string, fields: LogFields) => void
}

/** One timed step in the processing of a request. */
export interface Step {
  /** `read`, the name of a stage, `address`, `send` (until the response headers arrive), `forward`. */
  readonly name: string
  readonly ms: number
}

/** A response that codex-plus gives itself, without the model's server: one finished assistant message. */
export interface LocalAnswer {
  readonly text: string
  /** Whether codex sends its next request at once, because the turn is not over. */
  readonly continueTurn?: boolean
  /** The text is an error: the turn fails with it, and nothing is recorded as the model's answer. */
  readonly failed?: boolean
}

/** A step that may rewrite a request, or answer it locally. */
export interface Stage {
  readonly name: string
  rewrite(request: ProxyRequest): Promise<LocalAnswer | null>
}

/** Watches requests without changing them. An error of an observer never affects the request. */
export interface Observer {
  /** A request as received, before all stages. */
  received?(request: ProxyRequest): void
  /** A finished step; called in order, before `ended` or `failed`. */
  step?(request: ProxyRequest, step: Step): void
  /** An event that a stage reports about a request. */
  note?(request: ProxyRequest, event: string, fields: LogFields): void
  /** A request as it is sent, after all stages. */
  sent?(request: ProxyRequest): void
  /** One event of a model's response, as codex receives it. */
  event?(request: ProxyRequest, event: ResponseEvent): void
  /** A request that was answered locally. */
  answered?(request: ProxyRequest, answer: LocalAnswer): void
  /** The end of an exchange; `status` is the response's status, `ms` the time since the request arrived. */
  ended?(request: ProxyRequest, end: { readonly status: number; readonly ms: number; readonly body: ForwardEnd }): void
  /** The end of an exchange that failed in codex-plus, or before a response arrived; `ms` as above. */
  failed?(request: ProxyRequest, failure: { readonly error: unknown; readonly ms: number }): void
}

/** Replaces the body of a response with another stream; null leaves the response unchanged. */
export type Reshape = (request: ProxyRequest, response: UpstreamResponse) => Promise<UpstreamResponse | null>
