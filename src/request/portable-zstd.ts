import { Decompress } from 'fzstd'

/** The content of zstd frames without node's zlib; null where it is more than `limit` bytes. Throws on invalid input. */
export function decodeZstdPortably(bytes: Buffer, limit: number): Buffer | null {
  const parts: Uint8Array[] = []
  let length = 0
  let finished = false
  const stream = new Decompress((part, final) => {
    length += part.length
    if (length > limit) throw OVER_LIMIT
    parts.push(part)
    finished ||= final === true
  })
  try {
    // In slices, so that little is copied around.
    for (let offset = 0; offset < bytes.length; offset += SLICE) {
      stream.push(bytes.subarray(offset, offset + SLICE), offset + SLICE >= bytes.length)
    }
  } catch (error) {
    if (error === OVER_LIMIT) return null
    throw error
  }
  if (!finished) throw new Error('The zstd data is cut short.')
  return Buffer.concat(parts, length)
}

/** The bytes as one zstd frame, made by WebAssembly (about 20 ms to load, once). */
export async function encodeZstdPortably(bytes: Buffer): Promise<Buffer> {
  encoder ??= import('@bokuweb/zstd-wasm').then(async ({ init, compress }) => {
    await init()
    return compress
  })
  return Buffer.from((await encoder)(bytes, LEVEL))
}

let encoder: Promise<(bytes: Buffer, level: number) => Uint8Array> | undefined
/** What codex compresses with, and zstd's default. */
const LEVEL = 3
const SLICE = 64 * 1024
/** Stops the decoder from inside its callback. */
const OVER_LIMIT = new Error('over the limit')
