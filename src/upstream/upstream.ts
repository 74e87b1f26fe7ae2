import type { Readable } from 'node:stream'
import type { HeaderList } from '../request/header-list.js'

/** One request on its way to the model's server; hop-by-hop headers, `host` and `content-length` are already gone. */
export interface UpstreamRequest {
  readonly method: string
  readonly url: URL
  /** In codex's order. The maker adds `host` and `content-length` itself. */
  readonly headers: HeaderList
  /** The bytes to send, in whatever content-encoding `headers` name; null when the method carries none. */
  readonly body: Buffer | null
  /** Aborting it closes the upstream connection at once. */
  readonly signal: AbortSignal
}

/** The answer as it arrived: nothing decoded, nothing dropped. */
export interface UpstreamResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  /** Emits `error` (a CodexPlusError, `CP_UPSTREAM_*`) when the stream breaks off; `end` only for a clean end. */
  readonly body: Readable
}

/** One way to reach a model's server. */
export interface Upstream {
  readonly name: 'cycletls' | 'native' | 'echo'
  /** Resolves with the response headers. Rejects with a CodexPlusError (`CP_UPSTREAM_*`) when none came. */
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  /** Ends idle connections and helper processes. Requests in flight are ended too. */
  close(): Promise<void>
}
