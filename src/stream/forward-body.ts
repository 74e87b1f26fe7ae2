// Folder stream: forwards response bodies as they arrive, detects truncated ones, and writes server-sent events.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { StreamWatch } from './truncation.js'

/** How the forwarding of a response body ended. */
export type ForwardEnd = 'complete' | 'truncated' | 'client-gone'

/** The criteria, besides a clean end, that tell a finished body from a truncated one. */
export interface ForwardLimits {
  /** Watches the stream; null for anything but a Responses stream in a known encoding. */
  readonly watch: StreamWatch | null
  /** The declared length in bytes, or null when the response declares none. */
  readonly length: number | null
}

/**
 * Forwards body bytes to codex as they arrive, with backpressure, and feeds them to the watch.
 * When a body breaks off, is shorter or longer than declared, or is a watched stream without its terminal event, codex's
 * socket is destroyed, so that codex retries instead of taking the response for complete. A stream that breaks off after
 * its terminal event counts as complete.
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
  const finished = watch && !watch.gaveUp ? watch.finished : end === 'complete'
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
  // A response has no socket while an earlier one on the same connection is still being sent.
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
    // This listener stays: a late error must not become an uncaught exception.
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
