/** The byte range of one value inside a larger JSON text. */
export interface Range {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_LIST, CLOSE_LIST, COMMA, COLON] = [...'"\\{}[],:'].map((c) =>
  c.charCodeAt(0),
) as [number, number, number, number, number, number, number, number]

/**
 * Finds the value of a key of a JSON object without parsing the rest; null when the key is missing or the text is not JSON.
 * A rewrite then replaces only these bytes: numbers, order and escapes of everything else stay as codex wrote them.
 */
export function findMember(json: Buffer, object: Range, key: string): Range | null {
  let found: Range | null = null
  eachMember(json, object, (name, value) => {
    // The last of two equal keys wins, as in JSON.parse.
    if (name === key) found = value
  })
  return found
}

/** Returns the ranges of the values of a JSON array, in order; null when the bytes are not an array. */
export function listItems(json: Buffer, list: Range): Range[] | null {
  if (json[list.start] !== OPEN_LIST) return null
  const items: Range[] = []
  let at = skipSpace(json, list.start + 1)
  while (at < list.end && json[at] !== CLOSE_LIST) {
    const end = skipValue(json, at)
    if (end === -1) return null
    items.push({ start: at, end })
    at = skipSpace(json, end)
    if (json[at] === COMMA) at = skipSpace(json, at + 1)
    else if (json[at] !== CLOSE_LIST) return null
  }
  return items
}

/** A JSON object's members, and the items of one that is a list. */
export interface SplitObject {
  readonly members: ReadonlyMap<string, Range>
  readonly items: readonly Range[] | null
}

/**
 * Takes an object apart in one pass: the values of all its members, and the items of the member `list` where that is a
 * list. Null where the text is no JSON object, or something follows it. As JSON.parse does, the last of two equal keys
 * counts. Values themselves are only skipped, not checked.
 */
export function splitObject(json: Buffer, list: string): SplitObject | null {
  const members = new Map<string, Range>()
  let items: readonly Range[] | null = null
  const open = skipSpace(json, 0)
  if (json[open] !== OPEN_BRACE) return null
  let at = skipSpace(json, open + 1)
  while (json[at] === QUOTE) {
    const keyEnd = skipString(json, at)
    const colon = keyEnd === -1 ? -1 : skipSpace(json, keyEnd)
    if (colon === -1 || json[colon] !== COLON) return null
    const key = json.toString('utf8', at + 1, keyEnd - 1)
    const start = skipSpace(json, colon + 1)
    const inside = key === list ? scanList(json, start) : null
    const end = inside?.end ?? skipValue(json, start)
    if (end === -1) return null
    members.set(key, { start, end })
    if (key === list) items = inside?.items ?? null
    at = skipSpace(json, end)
    if (json[at] !== COMMA) break
    at = skipSpace(json, at + 1)
    if (json[at] !== QUOTE) return null
  }
  if (json[at] !== CLOSE_BRACE || skipSpace(json, at + 1) < json.length) return null
  return { members, items }
}

/** A list's items and its end, in one pass; null where it is none. */
function scanList(json: Buffer, start: number): { items: Range[]; end: number } | null {
  if (json[start] !== OPEN_LIST) return null
  const items: Range[] = []
  let at = skipSpace(json, start + 1)
  if (json[at] === CLOSE_LIST) return { items, end: at + 1 }
  for (;;) {
    const end = skipValue(json, at)
    if (end === -1) return null
    items.push({ start: at, end })
    at = skipSpace(json, end)
    if (json[at] === CLOSE_LIST) return { items, end: at + 1 }
    if (json[at] !== COMMA) return null
    at = skipSpace(json, at + 1)
  }
}

/** Replaces ranges of a text; they must be in order and not overlap. */
export function splice(json: Buffer, changes: ReadonlyArray<Range & { readonly text: string }>): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (const { start, end, text } of changes) {
    parts.push(json.subarray(from, start), Buffer.from(text))
    from = end
  }
  return Buffer.concat([...parts, json.subarray(from)])
}

/** Returns the whole text as one range, without leading white space. */
export function wholeRange(json: Buffer): Range {
  return { start: skipSpace(json, 0), end: json.length }
}

function eachMember(json: Buffer, object: Range, visit: (key: string, value: Range) => void): void {
  if (json[object.start] !== OPEN_BRACE) return
  let at = skipSpace(json, object.start + 1)
  while (at < object.end && json[at] === QUOTE) {
    const keyEnd = skipString(json, at)
    if (keyEnd === -1) return
    const colon = skipSpace(json, keyEnd)
    if (json[colon] !== COLON) return
    const start = skipSpace(json, colon + 1)
    const end = skipValue(json, start)
    if (end === -1) return
    visit(json.toString('utf8', at + 1, keyEnd - 1), { start, end })
    at = skipSpace(json, end)
    if (json[at] !== COMMA) return
    at = skipSpace(json, at + 1)
  }
}

/** Returns the end (exclusive) of the value that begins at `at`; -1 when it does not end. */
function skipValue(json: Buffer, at: number): number {
  const first = json[at]
  if (first === QUOTE) return skipString(json, at)
  if (first !== OPEN_BRACE && first !== OPEN_LIST) return skipScalar(json, at)
  let depth = 0
  for (let index = at; index < json.length; index += 1) {
    const byte = json[index]
    if (byte === QUOTE) {
      index = skipString(json, index) - 1
      if (index < 0) return -1
    } else if (byte === OPEN_BRACE || byte === OPEN_LIST) depth += 1
    else if (byte === CLOSE_BRACE || byte === CLOSE_LIST) {
      depth -= 1
      if (depth === 0) return index + 1
    }
  }
  return -1
}

/** Strings make up nearly all of a request, so their ends are found with the native `indexOf`. */
function skipString(json: Buffer, at: number): number {
  let end = json.indexOf(QUOTE, at + 1)
  while (end !== -1) {
    let slashes = 0
    while (json[end - 1 - slashes] === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return end + 1
    end = json.indexOf(QUOTE, end + 1)
  }
  return -1
}

function skipScalar(json: Buffer, at: number): number {
  let index = at
  while (index < json.length) {
    const byte = json[index]
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_LIST || isSpace(byte)) break
    index += 1
  }
  return index > at ? index : -1
}

function skipSpace(json: Buffer, at: number): number {
  let index = at
  while (isSpace(json[index])) index += 1
  return index
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
