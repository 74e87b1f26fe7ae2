import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { messageEvents } from '../stream/write-events.js'
import type { LocalAnswer } from './exchange.js'

/** Answers a model request locally, in the model's format: one finished assistant message, streamed. */
export function answerLocally(outgoing: ServerResponse, { text, continueTurn = false }: LocalAnswer): void {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  outgoing.end(messageEvents(`resp_local_${randomUUID()}`, text, continueTurn))
}
