import type { ServerResponse } from 'node:http'
import { CodexPlusError, type ErrorCode, formatError } from '../errors.js'
import { redact } from '../log/redact.js'
import { breakOff } from '../stream/forward-body.js'

/** Tells codex that this side failed: 400 where it should stop, 502 where it should retry, a cut where it had begun. */
export function answerFailure(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.destroyed) return
  if (outgoing.headersSent) {
    breakOff(outgoing)
    return
  }
  const status = error instanceof CodexPlusError && FINAL.has(error.code) ? 400 : 502
  // An error of a library may name a proxy with its login.
  answerPlain(outgoing, status, redact(`codex-plus: ${formatError(error)}`))
}

/** Failures that a retry cannot mend: codex shows a plain-text 400 as it is and does not retry (section 2.6). */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'CP_BODY_TOO_LARGE',
  'CP_BODY_ENCODING',
  'CP_BODY_INVALID',
  'CP_UPSTREAM_REQUEST',
  'CP_UPSTREAM_TLS',
  'CP_UPSTREAM_PROXY',
])

/** A short plain-text answer. */
export function answerPlain(outgoing: ServerResponse, status: number, text: string): void {
  const bytes = Buffer.from(text)
  // Whatever of the request was not read stays unread, so the connection cannot be used again.
  const connection = outgoing.req.complete ? {} : { connection: 'close' }
  outgoing.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': bytes.length,
    ...connection,
  })
  outgoing.end(bytes)
}
