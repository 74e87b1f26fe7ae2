import type { ServerResponse } from 'node:http'
import { CodexPlusError, type ErrorCode, formatError } from '../errors.js'
import { redact } from '../log/redact.js'
import { breakOff } from '../stream/forward-body.js'

/**
 * Reports an error to codex: 400 when it should stop, 502 when it should retry; a response that has begun is cut off.
 */
export function answerFailure(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.destroyed) return
  if (outgoing.headersSent) {
    breakOff(outgoing)
    return
  }
  const status = error instanceof CodexPlusError && FINAL.has(error.code) ? 400 : 502
  // A library's error message may contain a proxy URL with its password.
  answerPlain(outgoing, status, redact(`codex-plus: ${formatError(error)}`))
}

/** Errors that a retry cannot fix: codex shows a plain-text 400 unchanged and does not retry (section 2.6). */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'CP_BODY_TOO_LARGE',
  'CP_BODY_ENCODING',
  'CP_BODY_INVALID',
  'CP_UPSTREAM_REQUEST',
  'CP_UPSTREAM_TLS',
  'CP_UPSTREAM_PROXY',
])

/** Sends a short plain-text response. */
export function answerPlain(outgoing: ServerResponse, status: number, text: string): void {
  const bytes = Buffer.from(text)
  // Unread parts of the request stay in the connection, so it cannot be used again.
  const connection = outgoing.req.complete ? {} : { connection: 'close' }
  outgoing.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': bytes.length,
    ...connection,
  })
  outgoing.end(bytes)
}
