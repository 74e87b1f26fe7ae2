import { compress, decompress, init } from '@bokuweb/zstd-wasm'
import { readFrame, type ZstdFrame } from './zstd-frame.js'

// The library is WebAssembly and takes about 20 ms to load. Only Node versions without zstd in zlib import this file.
await init()

/** The content of zstd frames without node's zlib; null where it is more than `limit` bytes. Throws on invalid input. */
export function decodeZstdPortably(bytes: Buffer, limit: number): Buffer | null {
  const parts: Buffer[] = []
  let length = 0
  let start = 0
  do {
    const frame = readFrame(bytes, start)
    const part = decodeFrame(bytes.subarray(start, frame.end), frame, limit - length)
    if (part === null) return null
    parts.push(part)
    length += part.length
    start = frame.end
  } while (start < bytes.length)
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length)
}

function decodeFrame(bytes: Buffer, { size, most }: ZstdFrame, room: number): Buffer | null {
  // The library allocates the content size in the header.
  if (size !== null && size > most)
    throw new Error('The content size of a zstd frame is more than its blocks can hold.')
  if (size !== null && size > room) return null
  try {
    const content = decompress(bytes, { defaultHeapSize: Math.min(most, room) })
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  } catch (error) {
    if (size === null && most > room && TOO_SMALL.test(String(error))) return null
    throw error
  }
}

/** The bytes as one zstd frame. */
export async function encodeZstdPortably(bytes: Buffer): Promise<Buffer> {
  return Buffer.from(compress(bytes, LEVEL))
}

/** ZSTD_error_dstSize_tooSmall, a stable number of zstd_errors.h. */
const TOO_SMALL = /code -70$/
/** What codex compresses with, and zstd's default. */
const LEVEL = 3
