import type { IncomingMessage } from 'node:http'
import { CodexPlusError } from '../errors.js'
import { isObject } from '../json.js'
import { DECODED_LIMIT, decode, encode } from './encoding.js'

/** A JSON object of a request, as loosely typed as the wire is. */
export type JsonObject = { [key: string]: unknown }

/** A request body that stays the bytes it came as until a stage replaces it. */
export class RequestBody {
  readonly raw: Buffer
  readonly encoding: string
  #decoded: Promise<Buffer> | undefined
  #replacement: Buffer | undefined

  constructor(raw: Buffer, contentEncoding: string | null) {
    this.raw = raw
    this.encoding = contentEncoding?.trim().toLowerCase() || 'identity'
  }

  /** Whether a stage replaced the text. */
  get changed(): boolean {
    return this.#replacement !== undefined
  }

  /** The text of the body as it stands; throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE. */
  async text(): Promise<Buffer> {
    return this.#replacement ?? (await this.original())
  }

  /** The text of the body as it came; throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE. */
  async original(): Promise<Buffer> {
    this.#decoded ??= decode(this.raw, this.encoding)
    return await this.#decoded
  }

  /** The body parsed, a fresh object each time; throws CP_BODY_INVALID where it is no JSON object. */
  async json(): Promise<JsonObject> {
    const text = await this.text()
    try {
      const value: unknown = JSON.parse(text.toString('utf8'))
      if (isObject(value)) return value
    } catch (cause) {
      throw new CodexPlusError('CP_BODY_INVALID', 'The request body is not valid JSON.', { cause })
    }
    throw new CodexPlusError('CP_BODY_INVALID', 'The request body is not a JSON object.')
  }

  /** Sends `text` instead of what came. */
  replace(text: Buffer): void {
    this.#replacement = text
  }

  /** The bytes to send: those that came when nothing changed, else the new text in the encoding it came in. */
  async bytes(): Promise<Buffer> {
    return this.#replacement ? await encode(this.#replacement, this.encoding) : this.raw
  }
}

/**
 * Reads a request to its end; throws CP_BODY_TOO_LARGE, or CP_UPSTREAM_ABORTED where codex went away meanwhile.
 * `limit` is in bytes, as sent. What is over it is read and dropped: codex reads no answer before it has sent everything.
 */
export async function readBody(incoming: IncomingMessage, limit: number = DECODED_LIMIT): Promise<RequestBody> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of incoming as AsyncIterable<Buffer>) {
      length += part.length
      if (length <= limit) parts.push(part)
      else parts.length = 0
    }
  } catch (cause) {
    throw new CodexPlusError('CP_UPSTREAM_ABORTED', 'codex closed the connection while it sent a request.', { cause })
  }
  if (length > limit) {
    throw new CodexPlusError('CP_BODY_TOO_LARGE', `The request body is larger than ${limit} bytes.`, {
      hint: 'Start a new thread or compact this one.',
    })
  }
  return new RequestBody(Buffer.concat(parts, length), incoming.headers['content-encoding'] ?? null)
}
