import type { Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
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

/** Reads a Responses stream on the side, without touching the bytes that go to codex. */
export interface StreamWatch {
  /** Feeds the next bytes, exactly as they came. */
  push(bytes: Uint8Array): void
  /** Ends the input; resolves once everything fed was read. */
  end(): Promise<void>
  /** Whether a terminal event was seen. */
  readonly finished: boolean
}

/** Watches a stream in a content-encoding; null where that encoding cannot be read here. */
export function watchStream(encoding: string | null, onEvent?: (event: ResponseEvent) => void): StreamWatch | null {
  const decoder = streamDecoder(encoding)
  if (decoder === null) return null
  const text = new StringDecoder('utf8')
  let finished = false
  const parser = createParser({
    onEvent(event) {
      const type = eventType(event.event, event.data)
      if (TERMINAL.has(type)) finished = true
      onEvent?.({ type, data: event.data })
    },
  })
  const feed = (bytes: Uint8Array): void =>
    parser.feed(text.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)))
  if (decoder === 'identity') {
    return {
      push: feed,
      end: async () => {},
      get finished() {
        return finished
      },
    }
  }
  decoder.on('data', feed)
  // A broken encoding means that no terminal event is seen, which is all that matters here.
  const ended = new Promise<void>((resolve) =>
    decoder
      .once('close', resolve)
      .once('end', resolve)
      .once('error', () => resolve()),
  )
  return {
    push: (bytes) => void decoder.write(bytes),
    end: async () => {
      decoder.end()
      await ended
    },
    get finished() {
      return finished
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
