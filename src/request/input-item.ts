import type { JsonObject } from '../json.js'
import { findMember, wholeRange } from './json-ranges.js'

/**
 * One item of a request's `input`, as the bytes it came as. An item never changes: a stage that rewrites one makes a new
 * one. What is learned about an item can therefore be kept with it, and later requests that hold it need not look again.
 */
export class InputItem {
  readonly bytes: Buffer
  #id: string | null | undefined

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** The item's `id`, or null where it has none. */
  get id(): string | null {
    if (this.#id === undefined) this.#id = readText(this.bytes, 'id')
    return this.#id
  }

  /** The item parsed, a fresh object each time; null where it is no JSON object. */
  json(): JsonObject | null {
    try {
      const value: unknown = JSON.parse(this.bytes.toString('utf8'))
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
    } catch {
      return null
    }
  }

  /** Whether both are the same JSON text. */
  equals(other: InputItem): boolean {
    return this === other || this.bytes.equals(other.bytes)
  }
}

/** An item made of a JSON value. */
export function itemOf(value: JsonObject): InputItem {
  return new InputItem(Buffer.from(JSON.stringify(value)))
}

function readText(json: Buffer, key: string): string | null {
  const range = findMember(json, wholeRange(json), key)
  if (range === null) return null
  try {
    const value: unknown = JSON.parse(json.toString('utf8', range.start, range.end))
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}
