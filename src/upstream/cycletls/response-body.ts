import { Readable } from 'node:stream'
import type { CodexPlusError } from '../../errors.js'
import type { Passage } from './loopback-tunnel.js'

/** Bytes of a body that wait here before upstream is read no further. */
const HIGH_WATER = 256 * 1024

/** A body that is being received. */
export interface Body {
  readonly stream: Readable
  push(bytes: Buffer): void
  end(): void
  fail(error: CodexPlusError): void
}

/**
 * The body as a stream. Its end and its failure come after the bytes that came before them, and not before somebody
 * reads: an error is never emitted while nobody listens.
 */
export function createBody(passage: Passage, cancel: () => void): Body {
  const waiting: Buffer[] = []
  let bytesWaiting = 0
  let wanted = false
  let last: (() => void) | null = null

  const give = (): void => {
    const bytes = waiting.shift()
    if (bytes !== undefined) {
      wanted = false
      if (bytesWaiting >= HIGH_WATER && bytesWaiting - bytes.length < HIGH_WATER) passage.resume()
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
  const finally_ = (ending: () => void): void => {
    last ??= ending
    if (wanted) give()
  }
  return {
    stream,
    push(bytes) {
      waiting.push(bytes)
      if (bytesWaiting < HIGH_WATER && bytesWaiting + bytes.length >= HIGH_WATER) passage.pause()
      bytesWaiting += bytes.length
      if (wanted) give()
    },
    end: () => finally_(() => stream.push(null)),
    fail: (error) => finally_(() => stream.destroy(error)),
  }
}
