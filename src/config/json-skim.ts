import { closeSync, openSync, readSync } from 'node:fs'

/** What to do with an object's member: keep its value, look at its members, or skip it. */
export type SkimChoice = 'keep' | 'enter' | 'skip'

/** The kept values, in objects as in the file, and the line of each, counted from 1. */
export interface Skimmed {
  readonly values: Record<string, unknown>
  /** The line of a kept member by its path, or of the kept member that it is in. */
  lineOf(path: readonly string[]): number
}

const PART = 1024 * 1024
const [QUOTE, BACKSLASH, LINE_FEED, COMMA, COLON] = [0x22, 0x5c, 0x0a, 0x2c, 0x3a]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]

/**
 * Reads a few members of a JSON file of any size, part by part: what is skipped is neither kept nor checked. The file is
 * UTF-8. Throws SkimError for a file that is no JSON object as far as it is looked at, and the read error.
 */
export function skimJson(file: string, choose: (path: readonly string[]) => SkimChoice): Skimmed {
  const descriptor = openSync(file, 'r')
  try {
    const reader = new Reader(descriptor)
    const lines = new Map<string, number>()
    const values = readObject(reader, [], choose, lines)
    reader.skipSpace()
    if (reader.peek() !== -1) throw new SkimError(reader.line)
    return { values, lineOf: (path) => lineIn(lines, path) }
  } finally {
    closeSync(descriptor)
  }
}

/** What is not JSON, and where. */
export class SkimError extends Error {
  readonly line: number

  constructor(line: number) {
    super(`not valid JSON in line ${line}`)
    this.line = line
  }
}

function lineIn(lines: ReadonlyMap<string, number>, path: readonly string[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const line = lines.get(path.slice(0, length).join('\0'))
    if (line !== undefined) return line
  }
  return 1
}

function readObject(
  reader: Reader,
  path: readonly string[],
  choose: (path: readonly string[]) => SkimChoice,
  lines: Map<string, number>,
): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  reader.expect(OPEN_OBJECT)
  reader.skipSpace()
  if (reader.take(CLOSE_OBJECT)) return members
  do {
    reader.skipSpace()
    const line = reader.line
    const key = String(reader.parsed(() => reader.skipString()))
    reader.skipSpace()
    reader.expect(COLON)
    reader.skipSpace()
    const here = [...path, key]
    const choice = choose(here)
    const value =
      choice === 'enter' && reader.peek() === OPEN_OBJECT
        ? readObject(reader, here, choose, lines)
        : choice === 'keep'
          ? reader.parsed(() => reader.skipValue())
          : reader.skipValue()
    if (value !== undefined) {
      Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true })
      lines.set(here.join('\0'), line)
    }
    reader.skipSpace()
  } while (reader.take(COMMA))
  reader.expect(CLOSE_OBJECT)
  return members
}

/** Reads a file byte by byte, with a part of it in memory. */
class Reader {
  line = 1
  readonly #descriptor: number
  readonly #buffer = Buffer.alloc(PART)
  /** Where the buffer begins in the file, how many bytes it holds, and the next of them. */
  #base = 0
  #length = 0
  #at = 0

  constructor(descriptor: number) {
    this.#descriptor = descriptor
    const [first, second, third] = this.#fill() ? this.#buffer : []
    if (first === 0xef && second === 0xbb && third === 0xbf) this.#at = 3
  }

  /** The next byte; -1 at the end. */
  peek(): number {
    return this.#at < this.#length || this.#fill() ? (this.#buffer[this.#at] as number) : -1
  }

  take(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.#at += 1
    return true
  }

  expect(byte: number): void {
    if (!this.take(byte)) throw new SkimError(this.line)
  }

  skipSpace(): void {
    for (let byte = this.peek(); byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09; ) {
      if (byte === LINE_FEED) this.line += 1
      this.#at += 1
      byte = this.peek()
    }
  }

  skipString(): undefined {
    if (this.peek() !== QUOTE) throw new SkimError(this.line)
    return this.skipValue()
  }

  /** Skips a value; strings and their backslashes may be split over parts. Only local variables, as it sees every byte. */
  skipValue(): undefined {
    let [depth, any, inString, escaped] = [0, false, false, false]
    while (this.peek() !== -1) {
      const [buffer, length] = [this.#buffer, this.#length]
      let at = this.#at
      while (at < length) {
        const byte = buffer[at] as number
        if (inString) {
          if (escaped) escaped = false
          else if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) {
            inString = false
            if (depth === 0) return this.#stop(at + 1)
          } else at = endOfRun(buffer, at, length) - 1
        } else if (byte === QUOTE) inString = true
        else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
        else if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
          // At the top the value is a number or a word, which ends in front of this.
          if (depth === 0) return any ? this.#stop(at) : this.#fail()
          if (byte !== COMMA) depth -= 1
          if (depth === 0 && byte !== COMMA) return this.#stop(at + 1)
        } else if (byte === LINE_FEED) this.line += 1
        any = true
        at += 1
      }
      this.#at = at
    }
    return depth > 0 || inString || !any ? this.#fail() : undefined
  }

  #stop(at: number): undefined {
    this.#at = at
    return undefined
  }

  #fail(): never {
    throw new SkimError(this.line)
  }

  /** Skips something and returns the value that stands there. */
  parsed(skip: () => void): unknown {
    const [start, line] = [this.#base + this.#at, this.line]
    skip()
    const bytes = Buffer.alloc(this.#base + this.#at - start)
    for (let read = 0; read < bytes.length; ) {
      const count = readSync(this.#descriptor, bytes, read, bytes.length - read, start + read)
      // The file became shorter.
      if (count === 0) throw new SkimError(line)
      read += count
    }
    try {
      return JSON.parse(bytes.toString('utf8'))
    } catch {
      throw new SkimError(line)
    }
  }

  #fill(): boolean {
    this.#base += this.#length
    this.#at = 0
    this.#length = readSync(this.#descriptor, this.#buffer, 0, PART, this.#base)
    return this.#length > 0
  }
}

/** After so many bytes a search by the runtime is faster than a loop. */
const SHORT = 64

/** The next quote or backslash from `start` on, or `length`. */
function endOfRun(buffer: Buffer, start: number, length: number): number {
  const near = Math.min(start + SHORT, length)
  for (let at = start; at < near; at += 1) if (buffer[at] === QUOTE || buffer[at] === BACKSLASH) return at
  const quote = buffer.indexOf(QUOTE, near)
  const end = quote === -1 || quote > length ? length : quote
  const backslash = buffer.subarray(near, end).indexOf(BACKSLASH)
  return backslash === -1 ? end : near + backslash
}
