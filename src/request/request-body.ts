// Folder request: the headers and body of a request or response: reading, decoding, and replacing parts of the JSON.
import type { IncomingMessage } from 'node:http'
import { CodexPlusError } from '../errors.js'
import { isObject } from '../json.js'
import { DECODED_LIMIT, decode, encode } from './encoding.js'

/** A JSON object of a request, with unchecked members. */
export type JsonObject = { [key: string]: unknown }

/** A request body that keeps its original bytes until a stage replaces it. */
export class RequestBody {
  readonly raw: Buffer
  readonly encoding: string
  #decoded: Promise<Buffer> | undefined
  #replacement: Buffer | undefined

  constructor(raw: Buffer, contentEncoding: string | null) {
    this.raw = raw
    this.encoding = contentEncoding?.trim().toLowerCase() || 'identity'
  }

  /** Whether a stage has replaced the text. */
  get changed(): boolean {
    return this.#replacement !== undefined
  }

  /** Returns the current decoded text; throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE. */
  async text(): Promise<Buffer> {
    return this.#replacement ?? (await this.original())
  }

  /** Returns the decoded text as received; throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE. */
  async original(): Promise<Buffer> {
    this.#decoded ??= decode(this.raw, this.encoding)
    return await this.#decoded
  }

  /** Parses the current text, a new object each time; throws CP_BODY_INVALID when it is not a JSON object. */
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

  /** Makes `text` the body to send. */
  replace(text: Buffer): void {
    this.#replacement = text
  }

  /** Returns the bytes to send: the original ones if nothing changed, else the new text in the original encoding. */
  async bytes(): Promise<Buffer> {
    return this.#replacement ? await encode(this.#replacement, this.encoding) : this.raw
  }
}

/**
 * Reads a request to its end; throws CP_BODY_TOO_LARGE, or CP_UPSTREAM_ABORTED when codex closes the connection.
 * `limit` is in bytes, as sent. The rest of a larger body is read and dropped: codex reads no response before it has sent
 * everything.
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
