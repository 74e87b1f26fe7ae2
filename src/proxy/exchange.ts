import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestBody } from '../request/body.js'
import type { HeaderList } from '../upstream/upstream.js'

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
