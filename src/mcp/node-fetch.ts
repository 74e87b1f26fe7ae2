import http from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { HttpRoute } from '../upstream/tls-connections.js'

/** Creates a fetch that uses the environment's proxies, which node's own ignores. The SDK follows the redirects. */
export function fetchOver(route: (url: URL) => HttpRoute): FetchLike {
  return async (input, init = {}) =>
    await new Promise((resolve, reject) => {
      const url = new URL(input)
      const { agent, target, login } = route(url)
      const headers = new Headers(init.headers)
      headers.set('host', url.host)
      if (login !== null) headers.set('proxy-authorization', login)
      if (init.body instanceof URLSearchParams && !headers.has('content-type')) {
        headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8')
      }
      const options = { ...target, agent, method: init.method ?? 'GET', headers: Object.fromEntries(headers) }
      const request = (target.protocol === 'https:' ? https : http).request({
        ...options,
        ...(init.signal ? { signal: init.signal } : {}),
      })
      request.once('response', (response) => resolve(responseOf(response)))
      // The same error as node's own fetch, which `isLost` recognizes.
      request.once('error', (cause) => reject(new TypeError('fetch failed', { cause })))
      request.end(init.body === undefined || init.body === null ? undefined : String(init.body))
    })
}

/** Statuses that come without a body (Fetch standard, null body status). */
const EMPTY = new Set([101, 204, 205, 304])

function responseOf(response: http.IncomingMessage): Response {
  const status = response.statusCode ?? 502
  const headers = new Headers()
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    headers.append(response.rawHeaders[at] ?? '', response.rawHeaders[at + 1] ?? '')
  }
  const body = EMPTY.has(status) ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array>)
  if (body === null) response.resume()
  return new Response(body, { status, headers, ...(response.statusMessage && { statusText: response.statusMessage }) })
}
