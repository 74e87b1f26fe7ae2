import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { StreamWatch } from './watch.js'

/** How the forwarding of a response body ended. */
export type ForwardEnd = 'complete' | 'truncated' | 'client-gone'

/**
 * Forwards body bytes to codex as they arrive, with backpressure, while `watch` reads along.
 * A body that breaks off, or a watched stream without its terminal event, ends with codex's socket destroyed, so that
 * codex retries instead of taking it for a finished one.
 */
export async function forwardBody(
  body: Readable,
  outgoing: ServerResponse,
  watch: StreamWatch | null,
): Promise<ForwardEnd> {
  const end = await pump(body, outgoing, watch)
  if (end === 'client-gone') {
    body.destroy()
    return end
  }
  await watch?.end()
  if (end === 'truncated' || (watch !== null && !watch.finished)) {
    breakOff(outgoing)
    return 'truncated'
  }
  outgoing.end()
  return 'complete'
}

/** Closes codex's connection in the middle of a response, after the bytes already written. */
export function breakOff(outgoing: ServerResponse): void {
  outgoing.socket?.destroySoon()
}

function pump(body: Readable, outgoing: ServerResponse, watch: StreamWatch | null): Promise<ForwardEnd> {
  return new Promise((resolve) => {
    const settle = (end: ForwardEnd): void => {
      body.off('data', forward).off('end', ended).off('error', failed).off('close', failed)
      outgoing.off('drain', resume).off('close', gone)
      // An error that comes after the end of the story must not become an uncaught one.
      body.on('error', () => {})
      resolve(end)
    }
    const forward = (bytes: Buffer): void => {
      if (!outgoing.write(bytes)) body.pause()
      watch?.push(bytes)
    }
    const resume = (): void => void body.resume()
    const ended = (): void => settle('complete')
    const failed = (): void => settle('truncated')
    const gone = (): void => settle('client-gone')
    if (outgoing.destroyed) return resolve('client-gone')
    outgoing.on('drain', resume).on('close', gone)
    body.on('end', ended).on('error', failed).on('close', failed).on('data', forward)
  })
}
