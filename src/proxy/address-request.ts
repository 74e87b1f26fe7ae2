import type { HeaderList } from '../request/header-list.js'
import { endToEnd } from '../request/header-list.js'
import type { UpstreamRequest } from '../upstream/upstream.js'
import type { ProxyRequest } from './exchange.js'

/** The URL a request is sent to, and its headers. */
export interface Target {
  readonly url: URL
  readonly headers: HeaderList
}

/** Builds the upstream request: end-to-end headers in codex's order, the current bytes of the body. */
export async function addressRequest(
  request: ProxyRequest,
  resolve: (request: { path: string; headers: HeaderList; signal: AbortSignal }) => Promise<Target>,
): Promise<UpstreamRequest> {
  const { method, path, signal } = request
  const headers = endToEnd(request.headers, ['host', 'content-length', 'expect'])
  const target = await resolve({ path, headers, signal })
  const bytes = await request.body.bytes()
  const body = bytes.length > 0 || method === 'POST' ? bytes : null
  return { method, url: target.url, headers: target.headers, body, signal }
}
