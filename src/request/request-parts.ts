import { InputItem } from './input-item.js'
import { splitObject } from './json-ranges.js'

/**
 * A request's JSON object in its parts: each member as the bytes of its value, and the items of `input` one by one.
 * A rewrite puts other parts in their place; numbers, order and escapes of all others stay as codex wrote them.
 */
export interface RequestParts {
  /**
   * By their keys as they are written between the quotes, in the order of the text. `input` has its place here; `items`
   * says what is in it.
   */
  readonly members: ReadonlyMap<string, Buffer>
  /** Null where `input` is absent or no list. */
  readonly items: readonly InputItem[] | null
}

/** The list of items in a request's body. */
export const INPUT = 'input'

/** Takes a JSON text apart in one pass; null where it is no JSON object. The values themselves are not checked. */
export function splitRequest(text: Buffer): RequestParts | null {
  const found = splitObject(text, INPUT)
  if (found === null) return null
  const members = new Map([...found.members].map(([key, { start, end }]) => [key, text.subarray(start, end)]))
  return { members, items: found.items?.map(({ start, end }) => new InputItem(text.subarray(start, end))) ?? null }
}

/** The JSON text of the parts. */
export function joinRequest({ members, items }: RequestParts): Buffer {
  const pieces: Buffer[] = []
  for (const [key, value] of members) {
    pieces.push(Buffer.from(`${pieces.length === 0 ? '{' : ','}"${key}":`))
    if (key !== INPUT || items === null) pieces.push(value)
    else pieces.push(...listPieces(items))
  }
  pieces.push(pieces.length === 0 ? EMPTY : CLOSE)
  return Buffer.concat(pieces)
}

/** How many bytes `joinRequest` would make. */
export function requestLength({ members, items }: RequestParts): number {
  let length = 1 + Math.max(1, members.size)
  for (const [key, value] of members) {
    length += Buffer.byteLength(key) + 3
    if (key !== INPUT || items === null) length += value.length
    else length += 1 + Math.max(1, items.length) + items.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }
  return length
}

function listPieces(items: readonly InputItem[]): Buffer[] {
  if (items.length === 0) return [EMPTY_LIST]
  return [...items.flatMap(({ bytes }, index) => [index === 0 ? OPEN_LIST : COMMA, bytes]), CLOSE_LIST]
}

const [EMPTY, CLOSE, EMPTY_LIST, OPEN_LIST, CLOSE_LIST, COMMA] = ['{}', '}', '[]', '[', ']', ','].map((text) =>
  Buffer.from(text),
) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]
