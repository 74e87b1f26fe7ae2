import { ErrorCode } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '../json.js'
import { readMessages } from './read-message.js'

/** Repairs the events of a stream part by part. */
export interface EventRepair {
  /** Returns the events that end in these bytes. */
  part(bytes: Uint8Array): Uint8Array
  /** The length of the event that has not ended, in UTF-16 units; without the line that has not ended. */
  size(): number
  /** Returns what is added at the end of the stream. */
  end(): Uint8Array
}

/**
 * Returns the JSON body of the answer to a POST with its messages in the form that the SDK accepts (read-message.ts); other
 * responses as they are.
 */
export async function repairResponse(response: Response, init: RequestInit | undefined): Promise<Response> {
  const { status, statusText, headers, ok } = response
  if (!ok || status === 202 || response.body === null || init?.method !== 'POST') return response
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json' && type !== 'text/plain' && type !== '') return response
  const text = await response.text()
  const repaired = repairJson(text)
  const named = new Headers(headers)
  if (repaired !== null) named.set('content-type', 'application/json')
  return new Response(repaired ?? text, { status, statusText, headers: named })
}

/** Returns the repaired text of a body with messages; null if it has none, as in the answers of a login. */
function repairJson(text: string): string | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!(Array.isArray(value) ? value : [value]).every(isMessage)) return null
  const messages = readMessages(value)
  return JSON.stringify(Array.isArray(value) ? messages : (messages[0] ?? value))
}

function isMessage(value: unknown): boolean {
  return isObject(value) && ('jsonrpc' in value || ('id' in value && ('result' in value || 'error' in value)))
}

function requestIds(body: unknown): Set<string> {
  try {
    const sent = readMessages(JSON.parse(String(body)))
    return new Set(sent.flatMap((message) => ('method' in message && 'id' in message ? String(message.id) : [])))
  } catch {
    return new Set()
  }
}

/**
 * Creates the repair of an event stream, the answer to `init`. The stream of a POST that ends without the answer, and cannot be
 * resumed, gets an error as the answer: the SDK would wait for it without end.
 */
export function createEventRepair(init: RequestInit | undefined): EventRepair {
  const open = init?.method === 'POST' ? requestIds(init.body) : new Set<string>()
  let lines: string[] = []
  let size = 0
  let resumable = false
  const endEvent = (): string => {
    const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''))
    if (lines.some((line) => line.startsWith('id:'))) resumable = true
    const texts = data.length === 0 ? null : repairData(data.join('\n'), open)
    const kept = texts === null ? lines : lines.filter((line) => !line.startsWith('data:'))
    lines = []
    size = 0
    const head = kept.map((line) => `${line}\n`).join('')
    return texts === null ? `${head}\n` : texts.map((text) => `${head}data: ${text}\n\n`).join('')
  }
  const read = createLineReader()
  return {
    part(bytes) {
      let text = ''
      for (const line of read(bytes)) {
        size += line.length
        if (line !== '') lines.push(line)
        else text += endEvent()
      }
      return Buffer.from(text)
    },
    size: () => size,
    end() {
      if (resumable) return Buffer.alloc(0)
      const error = { code: ErrorCode.InternalError, message: "the server's event stream ended without an answer" }
      const answers = [...open].map((id) => `data: ${JSON.stringify({ jsonrpc: '2.0', id, error })}\n\n`)
      return Buffer.from(answers.join(''))
    },
  }
}

/** A notification as nearly all are, which needs no look at the rest: a server may send them in a flood. */
const NOTIFICATION = /^\{"jsonrpc":"2\.0","method":"[^"]*","params":\{/

/** Returns the texts of the messages of an event with other ones, null to leave it as it is; `open` loses the ids it answers. */
function repairData(data: string, open: Set<string>): string[] | null {
  if (NOTIFICATION.test(data)) return null
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return null
  }
  const messages = readMessages(value)
  for (const message of messages) if (!('method' in message) && 'id' in message) open.delete(String(message.id))
  if (messages.length === 0 || (messages.length === 1 && messages[0] === value)) return null
  // The SDK reads one message in each event.
  return messages.map((message) => JSON.stringify(message))
}

/** Returns a function that takes the bytes of an event stream and returns the lines that they end, with any line end. */
function createLineReader(): (bytes: Uint8Array) => string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let parts: string[] = []
  let afterCarriageReturn = false
  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true })
    if (text === '') return []
    if (afterCarriageReturn && text.startsWith('\n')) text = text.slice(1)
    afterCarriageReturn = text === '' ? false : text.endsWith('\r')
    const lines = text.split(text.includes('\r') ? /\r\n|\n|\r/ : '\n')
    const rest = lines.pop() ?? ''
    if (lines.length > 0) {
      lines[0] = parts.join('') + (lines[0] ?? '')
      parts = []
    }
    if (rest !== '') parts.push(rest)
    return lines
  }
}
