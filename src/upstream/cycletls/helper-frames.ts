import { CodexPlusError } from '../../errors.js'
import type { HeaderList } from '../../request/header-list.js'

/** One message of the helper. `status` of an error is invented by the helper (a reset is 401): never forward it. */
export type Frame =
  | { readonly id: string; readonly kind: 'response'; readonly status: number; readonly headers: HeaderList }
  | { readonly id: string; readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly id: string; readonly kind: 'error'; readonly status: number; readonly message: string }
  | { readonly id: string; readonly kind: 'end' }

/** A request in the helper's format, without its body. */
export interface RequestOptions {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly headerOrder: readonly string[]
  readonly userAgent: string
  readonly proxy: string
  readonly ja3?: string
  readonly ja4r?: string
}

/** Seconds. The helper's timeout covers the whole exchange, so only the largest int32 does not end long streams. */
const NO_TIMEOUT = 2147483647

/** Builds the text frame that starts a request. Base64 needs no JSON escaping, so the body is inserted unscanned. */
export function encodeRequest(id: string, options: RequestOptions, body: Buffer | null): string {
  const head = JSON.stringify({
    requestId: id,
    options: { ...options, timeout: NO_TIMEOUT, disableRedirect: true, enableConnectionReuse: false },
  })
  if (body === null || body.length === 0) return head
  return `${head.slice(0, -2)},"bodyBytes":"${body.toString('base64')}"}}`
}

/** Builds the text frame that stops a request; the helper answers it with `end`. */
export function encodeCancel(id: string): string {
  return JSON.stringify({ action: 'cancel', requestId: id })
}

/**
 * Decodes one binary message of the helper: big endian, a string is a u16 length and its bytes.
 * Throws CP_UPSTREAM_HELPER when the message is too short, too long or of an unknown kind.
 */
export function decodeFrame(message: Buffer): Frame {
  const reader = new Reader(message)
  const id = reader.string('utf8')
  const frame = decodeKind(id, reader.string('utf8'), reader)
  if (!reader.done) throw malformed(`its ${message.length} bytes are more than its fields need`)
  return frame
}

function decodeKind(id: string, kind: string, reader: Reader): Frame {
  switch (kind) {
    case 'response':
      return { id, kind, status: readStatus(reader), headers: readHeaders(reader) }
    case 'data':
      return { id, kind, bytes: reader.bytes(reader.u32()) }
    case 'error':
      return { id, kind, status: reader.u16(), message: reader.string('utf8') }
    case 'end':
      return { id, kind }
    default:
      throw malformed(`unknown kind "${kind.slice(0, 20)}"`)
  }
}

/** Reads the status and skips the final URL, which is always the request's own: redirects are not followed. */
function readStatus(reader: Reader): number {
  const status = reader.u16()
  reader.string('utf8')
  return status
}

function readHeaders(reader: Reader): HeaderList {
  const headers: Array<[string, string]> = []
  for (let left = reader.u16(); left > 0; left--) {
    const name = reader.string('latin1')
    // latin1 keeps a value's bytes, as in Node's HTTP parser.
    for (let values = reader.u16(); values > 0; values--) headers.push([name, reader.string('latin1')])
  }
  return headers
}

class Reader {
  readonly #message: Buffer
  #at = 0

  constructor(message: Buffer) {
    this.#message = message
  }

  get done(): boolean {
    return this.#at === this.#message.length
  }

  u16(): number {
    return this.bytes(2).readUInt16BE()
  }

  u32(): number {
    return this.bytes(4).readUInt32BE()
  }

  string(encoding: 'utf8' | 'latin1'): string {
    return this.bytes(this.u16()).toString(encoding)
  }

  bytes(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#message.length) throw malformed(`it ends at byte ${this.#message.length} of ${end}`)
    const bytes = this.#message.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}

function malformed(what: string): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_HELPER', `The cycletls helper sent a message that cannot be read: ${what}.`)
}
