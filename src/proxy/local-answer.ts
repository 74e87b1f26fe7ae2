import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { messageEvents } from '../stream/local-response-events.js'
import { answerPlain } from './error-answer.js'
import type { LocalAnswer } from './exchange.js'

/**
 * Answers a model request as the model would: one finished assistant message, streamed. A failure is a plain-text 400, which
 * codex shows as it is, does not retry, and ends `exec` with (codex-0.169 section 7.4). Returns the status.
 */
export function answerLocally(
  outgoing: ServerResponse,
  { text, continueTurn = false, failed = false }: LocalAnswer,
): number {
  if (failed) {
    answerPlain(outgoing, 400, text)
    return 400
  }
  outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  outgoing.end(messageEvents(`resp_local_${randomUUID()}`, text, continueTurn))
  return 200
}
