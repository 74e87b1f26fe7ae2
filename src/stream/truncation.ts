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

/** Whether a Responses stream is finished with an event of this type. */
export function isTerminal(type: string): boolean {
  return TERMINAL.has(type)
}

/** Reads a Responses stream on the side, without touching the bytes that go to codex. */
export interface StreamWatch {
  /** Feeds the next bytes, exactly as they came. */
  push(bytes: Uint8Array): void
  /** Ends the input; resolves once everything fed was read. */
  end(): Promise<void>
  /** Whether a terminal event was seen. */
  readonly finished: boolean
}

/**
 * Watches a stream in a content-encoding; null where that encoding cannot be read here: nobody can tell then whether
 * the stream is finished, and a clean end of the connection has to do.
 */
export function watchStream(encoding: string | null, onEvent?: (event: ResponseEvent) => void): StreamWatch | null {
  const decoder = streamDecoder(encoding)
  if (decoder === null) return null
  let finished = false
  const reader = eventReader((event) => {
    if (isTerminal(event.type)) finished = true
    try {
      onEvent?.(event)
    } catch {
      // An observer that fails costs what it observes, never the stream.
    }
  })
  const state = {
    get finished() {
      return finished
    },
  }
  if (decoder === 'identity') {
    return Object.assign(state, { push: reader.feed, end: async () => reader.end() })
  }
  decoder.on('data', reader.feed)
  // A broken encoding means that no terminal event is seen, which is all that matters here.
  const ended = new Promise<void>((resolve) => {
    decoder
      .once('close', resolve)
      .once('end', resolve)
      .on('error', () => resolve())
  })
  return Object.assign(state, {
    push: (bytes: Uint8Array) => void decoder.write(bytes),
    end: async () => {
      decoder.end()
      await ended
      reader.end()
    },
  })
}

/** Parses server-sent events out of bytes cut anywhere. */
function eventReader(onEvent: (event: ResponseEvent) => void): { feed(bytes: Uint8Array): void; end(): void } {
  // The byte order mark is taken away here: the parser does not do it for decoded text, and the decoder of Node 24 takes
  // two where the first one came alone.
  const text = new TextDecoder('utf-8', { ignoreBOM: true })
  let started = false
  let openCr = false
  const parser = createParser({
    onEvent: ({ event, data }) => onEvent({ type: eventType(event, data), data }),
  })
  return {
    feed(bytes) {
      let chunk = text.decode(bytes, { stream: true })
      if (chunk === '') return
      if (!started && chunk.startsWith('\uFEFF')) chunk = chunk.slice(1)
      started = true
      openCr = chunk.endsWith('\r')
      parser.feed(chunk)
    },
    end() {
      // The parser waits to see whether the last CR is half of a CRLF. An event without its blank line stays undone.
      if (openCr) parser.feed('\n')
      openCr = false
    },
  }
}

/** The event's type: its `event:` line, or the first `type` of its data, which codex goes by (section 2.5). */
function eventType(name: string | undefined, data: string): string {
  const quick = /^\s*\{\s*"type"\s*:\s*"([^"\\]*)"/.exec(data)
  if (quick?.[1] !== undefined) return quick[1]
  try {
    const value: unknown = JSON.parse(data)
    if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string')
      return value.type
  } catch {
    // Not JSON (`[DONE]`): only its name is left to go by.
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
