import type { HeaderList } from './header-list.js'
import { endToEnd, headerValue } from './header-list.js'

/** Returns the response headers for codex, without cookies: codex keeps none for a loopback address (section 8). */
export function responseHeaders(headers: HeaderList): HeaderList {
  return endToEnd(headers, ['set-cookie'])
}

/** Returns whether the body is a Responses stream, which must end with a terminal event; other event streams need not. */
export function isResponsesStream(
  request: { readonly method: string; readonly path: string },
  response: { readonly status: number; readonly headers: HeaderList },
): boolean {
  if (request.method !== 'POST' || !/^\/responses(?=\?|$)/.test(request.path) || response.status !== 200) return false
  return /^\s*text\/event-stream\s*(?:;|$)/i.test(headerValue(response.headers, 'content-type') ?? '')
}

/** Returns the content-encoding of a body, or null; repeated headers are joined (RFC 9110 section 5.3). */
export function encodingOf(headers: HeaderList): string | null {
  const lines = headers.filter(([name]) => name.toLowerCase() === 'content-encoding').map(([, value]) => value)
  return lines.length === 0 ? null : lines.join(', ')
}

/** Returns the declared length of a response in bytes; null when it declares none or an invalid one. */
export function declaredLength(headers: HeaderList): number | null {
  const value = headerValue(headers, 'content-length')
  return value !== null && /^\d+$/.test(value) ? Number(value) : null
}
