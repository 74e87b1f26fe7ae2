import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LogFields } from '../log/log.js'
import type { HeaderList } from '../request/header-list.js'
import type { RequestBody } from '../request/request-body.js'
import type { EventFlow } from '../stream/event-flow.js'
import type { ForwardEnd } from '../stream/forward-body.js'
import type { ResponseEvent } from '../stream/truncation.js'

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
  /** How it came: as a POST (or another HTTP request), or as a frame of a WebSocket, which stands for a POST. */
  readonly via?: 'http' | 'ws'
  /** As received, hop-by-hop headers included; a stage may replace them. */
  headers: HeaderList
  readonly body: RequestBody
  readonly signal: AbortSignal
  /** Reports to the observers what a stage did, e.g. which command it expanded; never a credential. */
  readonly note?: (event: string, fields: LogFields) => void
}

/**
 * How the request of a frame went to the server: as codex's own bytes, as what it adds to what the server holds, or with its
 * whole history. `bytes` is the length of the frame.
 */
export interface Sent {
  readonly as: 'as it came' | 'delta' | 'whole'
  readonly bytes: number
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
  /** A request as it is sent, after all stages; `sent` for one that came over a WebSocket. */
  sent?(request: ProxyRequest, sent?: Sent): void
  /** One event of a model's response, as codex receives it. */
  event?(request: ProxyRequest, event: ResponseEvent): void
  /** A response with an error status, once it has passed: the beginning of its text, at most 64 KB. */
  refused?(request: ProxyRequest, refusal: { readonly status: number; readonly text: string }): void
  /** A request that was answered locally. */
  answered?(request: ProxyRequest, answer: LocalAnswer): void
  /** The end of an exchange; `status` is the response's status, `ms` the time since the request arrived. */
  ended?(request: ProxyRequest, end: { readonly status: number; readonly ms: number; readonly body: ForwardEnd }): void
  /** The end of an exchange that failed in codex-plus, or before a response arrived; `ms` as above. */
  failed?(request: ProxyRequest, failure: { readonly error: unknown; readonly ms: number }): void
  /** A request that codex was told to send again, with its whole history: it counts when it comes again. */
  withdrawn?(request: ProxyRequest): void
}

/** A model's response, as a reshape sees it. */
export interface StreamedAnswer {
  /** Returns the events as they arrive; null when codex-plus cannot decode them. */
  events(): EventFlow | null
  /** The content-encoding the events came in; null for none. */
  readonly encoding: string | null
}

/** Replaces the events of a model's response; null leaves the response unchanged, byte for byte. */
export type Reshape = (request: ProxyRequest, answer: StreamedAnswer) => EventFlow | null
