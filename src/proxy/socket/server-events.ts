import { InputItem } from '../../request/input-item.js'
import { findMember, wholeRange } from '../../request/json-ranges.js'
import { isTerminal, type ResponseEvent } from '../../stream/truncation.js'

/** One message of the server: an event, or anything else it may send. Its text and item are made when they are asked for. */
export class ServerEvent implements ResponseEvent {
  readonly message: Buffer
  readonly binary: boolean
  readonly type: string
  #item: InputItem | null | undefined

  constructor(message: Buffer, binary = false) {
    this.message = message
    this.binary = binary
    this.type = binary ? '' : eventType(message)
  }

  get data(): string {
    return this.message.toString('utf8')
  }

  /** The finished output item of a `response.output_item.done`; null for any other event. */
  get item(): InputItem | null {
    if (this.#item === undefined) this.#item = finishedItem(this)
    return this.#item
  }
}

/** How far the type is looked for before the whole message is: servers write it first. */
const BEGINNING = 128

function eventType(message: Buffer): string {
  const quick = /^\s*\{\s*"type"\s*:\s*"([^"\\]*)"/.exec(message.toString('latin1', 0, BEGINNING))
  return quick?.[1] ?? textIn(message, ['type']) ?? ''
}

/** Whether a request is over with an event: codex sends its next one, or this one again (websocket section 1.5). */
export function endsRequest(event: ServerEvent): boolean {
  return isTerminal(event.type) || (event.type === 'error' && errorStatus(event) !== null)
}

/** Returns the status of an `error` event; null for one without, which codex ignores, and for any other event. */
export function errorStatus({ type, message }: ServerEvent): number | null {
  const range = type === 'error' ? findMember(message, wholeRange(message), 'status') : null
  const status = range && Number(message.toString('latin1', range.start, range.end))
  return status !== null && Number.isInteger(status) ? status : null
}

/** Errors after which codex sends the request again, its whole history with it, on a new socket (websocket section 1.5). */
const ASKS_FOR_ALL: ReadonlySet<string | null> = new Set([
  'previous_response_not_found',
  'websocket_connection_limit_reached',
])

/** Whether an `error` event makes codex send everything again, silently: it is no refusal of the turn. */
export function asksForAll({ type, message }: ServerEvent): boolean {
  return type === 'error' && ASKS_FOR_ALL.has(textIn(message, ['error', 'code']))
}

/** Returns the id of the response that an event completes; null for any other event. */
export function completedId({ type, message }: ServerEvent): string | null {
  return type === 'response.completed' ? textIn(message, ['response', 'id']) : null
}

function finishedItem({ type, message }: ServerEvent): InputItem | null {
  const range = type === 'response.output_item.done' ? findMember(message, wholeRange(message), 'item') : null
  // A copy: the message may be a piece of a larger buffer, which would be kept with it.
  return range && new InputItem(Buffer.from(message.subarray(range.start, range.end)))
}

function textIn(json: Buffer, path: readonly string[]): string | null {
  let range = wholeRange(json)
  for (const key of path) {
    const found = findMember(json, range, key)
    if (found === null) return null
    range = found
  }
  try {
    const value: unknown = JSON.parse(json.toString('utf8', range.start, range.end))
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}
