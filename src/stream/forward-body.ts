import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { StreamWatch } from './truncation.js'

/** How the forwarding of a response body ended. */
export type ForwardEnd = 'complete' | 'truncated' | 'client-gone'

/** What tells a finished body from a truncated one, besides its clean end. */
export interface ForwardLimits {
  /** Reads along; null for anything but a Responses stream that can be read here. */
  readonly watch: StreamWatch | null
  /** The bytes codex was told to expect, or null where the response did not say. */
  readonly length: number | null
}

/**
 * Forwards body bytes to codex as they arrive, with backpressure, while a watch reads along.
 * A body that breaks off, one shorter or longer than declared, or a watched stream without its terminal event ends with
 * codex's socket destroyed, so that codex retries instead of taking it for a finished one. What breaks off after the
 * terminal event is finished all the same.
 */
export async function forwardBody(
  body: Readable,
  outgoing: ServerResponse,
  { watch, length }: ForwardLimits,
): Promise<ForwardEnd> {
  const { end, bytes } = await pump(body, outgoing, watch)
  body.destroy()
  await watch?.end()
  if (end === 'client-gone' || outgoing.destroyed) return 'client-gone'
  const finished = watch ? watch.finished : end === 'complete'
  if (!finished || (length !== null && bytes !== length)) {
    breakOff(outgoing)
    return 'truncated'
  }
  outgoing.end()
  return 'complete'
}

/** Closes codex's connection in the middle of a response, after the bytes already written. */
export function breakOff(outgoing: ServerResponse): void {
  const close = (socket: Socket): void => socket.destroySoon()
  // A response has no socket while an earlier one of the same connection is still under way.
  if (outgoing.socket) close(outgoing.socket)
  else outgoing.once('socket', (socket: Socket) => setImmediate(close, socket))
}

function pump(
  body: Readable,
  outgoing: ServerResponse,
  watch: StreamWatch | null,
): Promise<{ end: ForwardEnd; bytes: number }> {
  return new Promise((resolve) => {
    let bytes = 0
    // For good: an error that comes after the end of the story must not become an uncaught one.
    body.on('error', () => {})
    const settle = (end: ForwardEnd): void => {
      body.off('data', forward).off('end', ended).off('error', failed).off('close', failed)
      outgoing.off('drain', resume).off('close', gone)
      resolve({ end, bytes })
    }
    const forward = (part: Buffer): void => {
      bytes += part.length
      if (!outgoing.write(part)) body.pause()
      watch?.push(part)
    }
    const resume = (): void => void body.resume()
    const ended = (): void => settle('complete')
    const failed = (): void => settle('truncated')
    const gone = (): void => settle('client-gone')
    if (outgoing.destroyed) return gone()
    if (body.readableEnded) return ended()
    if (body.destroyed) return failed()
    outgoing.on('drain', resume).on('close', gone)
    body.on('end', ended).on('error', failed).on('close', failed).on('data', forward)
  })
}
