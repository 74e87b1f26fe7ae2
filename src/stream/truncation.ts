import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { createParser } from 'eventsource-parser'

/** One server-sent event of a Responses stream. */
export interface ResponseEvent {
  /** The `type` of the data, e.g. `response.output_item.done`. */
  readonly type: string
  readonly data: string
}

/** The events after which a Responses stream is finished (codex-0.169 section 2.5). */
const TERMINAL = new Set(['response.completed', 'response.failed', 'response.incomplete'])

/** Returns whether an event of this type ends a Responses stream. */
export function isTerminal(type: string): boolean {
  return TERMINAL.has(type)
}

/** Parses a Responses stream without touching the bytes that go to codex. */
export interface StreamWatch {
  /** Feeds the next bytes exactly as received. Never throws. */
  push(bytes: Uint8Array): void
  /** Ends the input; resolves when all fed bytes are parsed. */
  end(): Promise<void>
  /** Whether a terminal event was seen. */
  readonly finished: boolean
  /** Whether parsing ended before the stream, because an event is too large. */
  readonly gaveUp: boolean
}

/** Maximum length of one event, in characters; V8 cannot make strings of more than 512 MB. */
const EVENT_LIMIT = 64 * 1024 * 1024

/**
 * Creates a watch for a stream in a content-encoding; returns null for an unsupported encoding. Whether such a stream is
 * finished is then decided by a clean end of the connection alone, as for a stream whose watch gave up.
 */
export function watchStream(encoding: string | null, onEvent?: (event: ResponseEvent) => void): StreamWatch | null {
  const decoder = streamDecoder(encoding)
  if (decoder === null) return null
  let [finished, gaveUp] = [false, false]
  const giveUp = (): void => {
    gaveUp = true
    // What is still compressed need not be decoded any more.
    if (decoder !== 'identity') decoder.destroy()
  }
  const reader = eventReader((event) => {
    if (isTerminal(event.type)) finished = true
    try {
      onEvent?.(event)
    } catch {
      // A failing observer loses this event; the stream goes on.
    }
  }, giveUp)
  const state = {
    get finished() {
      return finished
    },
    get gaveUp() {
      return gaveUp
    },
  }
  if (decoder === 'identity') {
    return Object.assign(state, { push: reader.feed, end: async () => reader.end() })
  }
  decoder.on('data', reader.feed)
  // With a broken encoding no terminal event is seen, so the stream counts as truncated.
  const ended = new Promise<void>((resolve) => {
    decoder
      .once('close', resolve)
      .once('end', resolve)
      .on('error', () => resolve())
  })
  return Object.assign(state, {
    push: (bytes: Uint8Array) => {
      if (!gaveUp) decoder.write(bytes)
    },
    end: async () => {
      if (!gaveUp) decoder.end()
      await ended
      reader.end()
    },
  })
}

/** Parses server-sent events from chunks that may be cut anywhere, up to one that is larger than EVENT_LIMIT. */
function eventReader(
  onEvent: (event: ResponseEvent) => void,
  onTooLarge: () => void,
): { feed(bytes: Uint8Array): void; end(): void } {
  // The byte order mark is removed here: the parser does not remove it from decoded text, and Node 24's decoder removes
  // two when the first one comes in a chunk of its own.
  const text = new TextDecoder('utf-8', { ignoreBOM: true })
  let started = false
  let openCr = false
  let stopped = false
  const stop = (): void => {
    stopped = true
    onTooLarge()
  }
  const parser = createParser({
    maxBufferSize: EVENT_LIMIT,
    onEvent: ({ event, data }) => onEvent({ type: eventType(event, data), data }),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') stop()
    },
  })
  return {
    feed(bytes) {
      if (stopped) return
      let chunk = text.decode(bytes, { stream: true })
      if (chunk === '') return
      if (!started && chunk.startsWith('\uFEFF')) chunk = chunk.slice(1)
      started = true
      openCr = chunk.endsWith('\r')
      parser.feed(chunk)
    },
    end() {
      // The parser waits whether the last CR is half of a CRLF. An event without its blank line is not emitted.
      if (openCr && !stopped) parser.feed('\n')
      openCr = false
    },
  }
}

/** Returns the event's type: the `type` of its data, which codex uses (section 2.5), else its `event:` line. */
function eventType(name: string | undefined, data: string): string {
  const quick = /^\s*\{\s*"type"\s*:\s*"([^"\\]*)"/.exec(data)
  if (quick?.[1] !== undefined) return quick[1]
  try {
    const value: unknown = JSON.parse(data)
    if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string')
      return value.type
  } catch {
    // Not JSON (`[DONE]`): only the name is left.
  }
  return name ?? ''
}

function streamDecoder(encoding: string | null): Transform | 'identity' | null {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === 'identity' || name === '') return 'identity'
  const flush = { finishFlush: zlib.constants.Z_SYNC_FLUSH }
  if (name === 'gzip' || name === 'x-gzip') return zlib.createGunzip(flush)
  if (name === 'deflate') return zlib.createInflate(flush)
  if (name === 'br') return zlib.createBrotliDecompress()
  return null
}
