import type { ServerResponse } from 'node:http'
import { CodexPlusError } from '../errors.js'
import { declaredLength, encodingOf, isResponsesStream, responseHeaders } from '../request/response-headers.js'
import { type ForwardEnd, forwardBody } from '../stream/forward-body.js'
import type { ResponseEvent } from '../stream/truncation.js'
import { watchStream } from '../stream/truncation.js'
import type { UpstreamResponse } from '../upstream/upstream.js'
import type { ProxyRequest } from './exchange.js'

/** Writes the upstream's headers and body to codex; throws CP_UPSTREAM_RESPONSE when the headers cannot be written. */
export async function forwardResponse(
  request: ProxyRequest,
  response: UpstreamResponse,
  outgoing: ServerResponse,
  onEvent?: (event: ResponseEvent) => void,
): Promise<ForwardEnd> {
  try {
    outgoing.sendDate = false
    outgoing.writeHead(response.status, response.statusText, responseHeaders(response.headers).flat())
    // Not flushHeaders: it writes headers as UTF-8, but they were read as latin1.
    outgoing.write(NOTHING)
  } catch (cause) {
    // A status or header that Node refuses to write.
    response.body.on('error', () => {}).destroy()
    const message = 'The upstream response has a status or header that cannot be forwarded.'
    throw new CodexPlusError('CP_UPSTREAM_RESPONSE', message, { cause })
  }
  const watch = isResponsesStream(request, response) ? watchStream(encodingOf(response.headers), onEvent) : null
  const bodiless = request.method === 'HEAD' || response.status === 204 || response.status === 304
  return await forwardBody(response.body, outgoing, {
    watch,
    length: bodiless ? null : declaredLength(response.headers),
  })
}

const NOTHING = Buffer.alloc(0)
