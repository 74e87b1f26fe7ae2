import type { Readable } from 'node:stream'
import type { HeaderList } from '../request/header-list.js'

/** One request to the model's server, without hop-by-hop headers, `host` and `content-length`. */
export interface UpstreamRequest {
  readonly method: string
  readonly url: URL
  /** In codex's order. The transport adds `host` and `content-length`. */
  readonly headers: HeaderList
  /** The bytes to send, in the content-encoding of `headers`; null when the request has no body. */
  readonly body: Buffer | null
  /** Aborting closes the upstream connection at once. */
  readonly signal: AbortSignal
}

/** The response as received: nothing decoded, nothing dropped. */
export interface UpstreamResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  /** Emits `error` (a CodexPlusError, `CP_UPSTREAM_*`) when the stream breaks off; `end` only for a clean end. */
  readonly body: Readable
}

/** A transport to a model's server. */
export interface Upstream {
  readonly name: 'cycletls' | 'native' | 'echo'
  /** Resolves when the response headers arrive. Rejects with a CodexPlusError (`CP_UPSTREAM_*`) when none do. */
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  /** Ends all connections, helper processes and running requests. */
  close(): Promise<void>
  /** Opens what the first request to `url` will need; what fails is as if it had not been tried. */
  prepare?(url: URL): void
}
