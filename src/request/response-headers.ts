import type { HeaderList } from './header-list.js'
import { endToEnd, headerValue } from './header-list.js'

/** The response headers that reach codex. Cookies stay on this side: codex keeps none for a loopback address (section 8). */
export function responseHeaders(headers: HeaderList): HeaderList {
  return endToEnd(headers, ['set-cookie'])
}

/** Whether the body is a Responses stream, which has to end with a terminal event; other event streams end as they like. */
export function isResponsesStream(
  request: { readonly method: string; readonly path: string },
  response: { readonly status: number; readonly headers: HeaderList },
): boolean {
  if (request.method !== 'POST' || !/^\/responses(?=\?|$)/.test(request.path) || response.status !== 200) return false
  return /^\s*text\/event-stream\s*(?:;|$)/i.test(headerValue(response.headers, 'content-type') ?? '')
}

/** The content-encoding of a body, or null; the lines of a list joined (RFC 9110 section 5.3). */
export function encodingOf(headers: HeaderList): string | null {
  const lines = headers.filter(([name]) => name.toLowerCase() === 'content-encoding').map(([, value]) => value)
  return lines.length === 0 ? null : lines.join(', ')
}

/** The length the response declares, in bytes, or null where it declares none (or nonsense). */
export function declaredLength(headers: HeaderList): number | null {
  const value = headerValue(headers, 'content-length')
  return value !== null && /^\d+$/.test(value) ? Number(value) : null
}
