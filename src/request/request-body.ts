// Folder request: the headers and body of a request or response: reading, decoding, and replacing parts of the JSON.
import type { IncomingMessage } from 'node:http'
import { CodexPlusError } from '../errors.js'
import { isObject, type JsonObject } from '../json.js'
import { DECODED_LIMIT, decode, encode } from './encoding.js'
import { joinRequest, type RequestParts, requestLength, splitRequest } from './request-parts.js'

export type { JsonObject } from '../json.js'

/** A request body that keeps its original bytes until a stage changes it. */
export class RequestBody {
  readonly raw: Buffer
  readonly encoding: string
  /** The parts the text received is made of, for a body that came as no text. */
  readonly #joined: RequestParts | undefined
  #original: Promise<Buffer> | undefined
  #parts: Promise<RequestParts | null> | undefined
  #changed: { readonly text: Buffer } | RequestParts | undefined
  #changedText: Buffer | undefined

  /** With `parts` the text is made of them when it is asked for, and `raw` is only what came. */
  constructor(raw: Buffer, contentEncoding: string | null, parts?: RequestParts) {
    this.raw = raw
    this.encoding = contentEncoding?.trim().toLowerCase() || 'identity'
    this.#joined = parts
    if (parts) this.#parts = Promise.resolve(parts)
  }

  /** Whether a stage has changed the body. */
  get changed(): boolean {
    return this.#changed !== undefined
  }

  /** Returns the current decoded text; throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE. */
  async text(): Promise<Buffer> {
    if (this.#changed === undefined) return await this.original()
    this.#changedText ??= 'text' in this.#changed ? this.#changed.text : joinRequest(this.#changed)
    return this.#changedText
  }

  /** Returns the decoded text as received; throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE. */
  async original(): Promise<Buffer> {
    this.#original ??= this.#joined ? Promise.resolve(joinRequest(this.#joined)) : decode(this.raw, this.encoding)
    return await this.#original
  }

  /**
   * Returns the current text in its parts; null when it is not a JSON object. Throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE.
   */
  async parts(): Promise<RequestParts | null> {
    if (this.#changed === undefined) return await this.originalParts()
    return 'text' in this.#changed ? splitRequest(this.#changed.text) : this.#changed
  }

  /** Returns the text as received in its parts; null and throws as `parts`. */
  async originalParts(): Promise<RequestParts | null> {
    this.#parts ??= this.original().then(splitRequest)
    return await this.#parts
  }

  /** Returns the length of the current text and of that received, in bytes, without making them; throws as `parts`. */
  async lengths(): Promise<{ readonly original: number; readonly current: number }> {
    const original = this.#joined ? requestLength(this.#joined) : (await this.original()).length
    if (this.#changed === undefined) return { original, current: original }
    return { original, current: 'text' in this.#changed ? this.#changed.text.length : requestLength(this.#changed) }
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
    this.#changed = { text }
    this.#changedText = text
  }

  /** Makes `parts` the body to send. */
  edit(parts: RequestParts): void {
    this.#changed = parts
    this.#changedText = undefined
  }

  /** Returns the bytes to send: the original ones if nothing changed, else the new text in the original encoding. */
  async bytes(): Promise<Buffer> {
    return this.#changed === undefined ? this.raw : await encode(await this.text(), this.encoding)
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
