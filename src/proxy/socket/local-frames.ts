import { randomUUID } from 'node:crypto'
import { type InputItem, itemOf } from '../../request/input-item.js'
import { assistantMessage, itemEventData } from '../../stream/local-response-events.js'
import type { LocalAnswer } from '../exchange.js'

/** A local answer as the messages of a response, with the id and the item that codex goes on from. */
export interface LocalFrames {
  readonly id: string
  readonly item: InputItem
  readonly messages: readonly string[]
}

/** Writes a local answer as the model would give it: one finished assistant message. */
export function localFrames({ text, continueTurn = false }: LocalAnswer): LocalFrames {
  const id = `resp_local_${randomUUID()}`
  const message = assistantMessage(text)
  const events = itemEventData(id, message, continueTurn)
  return { id, item: itemOf(message), messages: events.map((event) => JSON.stringify(event)) }
}

/** Writes an error that ends the turn; codex shows its text as it is, and does not retry (websocket section 1.5). */
export function failureFrame(text: string): string {
  const error = { code: 'invalid_prompt', message: text }
  return JSON.stringify({
    type: 'response.failed',
    response: { id: `resp_local_${randomUUID()}`, status: 'failed', error },
  })
}

/** Writes the error after which codex sends its whole history on a new socket, silently (websocket section 1.5). */
export function resendFrame(previous: string | null): string {
  return JSON.stringify({
    type: 'error',
    status: 400,
    error: {
      type: 'invalid_request_error',
      code: 'previous_response_not_found',
      message: `Previous response with id '${previous ?? ''}' not found.`,
      param: 'previous_response_id',
    },
  })
}

/** An event that codex ignores, but that tells it that somebody is at work: a ping does not (websocket section 1.5). */
export const WAITING_FRAME = '{"type":"codex-plus.waiting"}'
