import { Readable } from 'node:stream'
import type { CodexPlusError } from '../../errors.js'
import type { TunnelRoute } from './loopback-tunnel.js'

/** When this many bytes of a body are buffered, reading from upstream is paused. */
const HIGH_WATER = 256 * 1024

/** A body that is being received. */
export interface Body {
  readonly stream: Readable
  push(bytes: Buffer): void
  end(): void
  fail(error: CodexPlusError): void
}

/**
 * Creates the body as a stream. Its end or error comes after all bytes before it, and only when the stream is being read,
 * so that an error is never emitted without a listener.
 */
export function createBody(route: TunnelRoute, cancel: () => void): Body {
  const waiting: Buffer[] = []
  let bytesWaiting = 0
  let wanted = false
  let last: (() => void) | null = null

  const give = (): void => {
    const bytes = waiting.shift()
    if (bytes !== undefined) {
      wanted = false
      if (bytesWaiting >= HIGH_WATER && bytesWaiting - bytes.length < HIGH_WATER) route.resume()
      bytesWaiting -= bytes.length
      stream.push(bytes)
    } else if (last !== null) {
      wanted = false
      process.nextTick(last)
    }
  }
  const stream = new Readable({
    highWaterMark: 1,
    read() {
      wanted = true
      give()
    },
    destroy(error, callback) {
      waiting.length = 0
      cancel()
      callback(error)
    },
  })
  stream.on('error', () => {})
  const finish = (ending: () => void): void => {
    last ??= ending
    if (wanted) give()
  }
  return {
    stream,
    push(bytes) {
      waiting.push(bytes)
      if (bytesWaiting < HIGH_WATER && bytesWaiting + bytes.length >= HIGH_WATER) route.pause()
      bytesWaiting += bytes.length
      if (wanted) give()
    },
    end: () => finish(() => stream.push(null)),
    fail: (error) => finish(() => stream.destroy(error)),
  }
}
