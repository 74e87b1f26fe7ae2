import type { HeaderList, UpstreamResponse } from '../upstream/upstream.js'
import { endToEnd, headerValue } from './headers.js'

/** The response headers that reach codex. Cookies stay on this side: codex keeps none for a loopback address (section 8). */
export function responseHeaders(headers: HeaderList): HeaderList {
  return endToEnd(headers, ['set-cookie'])
}

/** Whether the body is a Responses stream, which has to end with a terminal event. */
export function isEventStream(response: UpstreamResponse): boolean {
  const type = headerValue(response.headers, 'content-type') ?? ''
  return response.status === 200 && /^\s*text\/event-stream\b/i.test(type)
}

/** The content-encoding of a body, or null. */
export function encodingOf(headers: HeaderList): string | null {
  return headerValue(headers, 'content-encoding')
}
