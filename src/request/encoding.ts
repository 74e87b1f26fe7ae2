import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { CodexPlusError } from '../errors.js'
import { readFrame } from './zstd-frame.js'

/** The maximum size of a decoded request body, in bytes. */
export const DECODED_LIMIT = 256 * 1024 * 1024

type Transform = (data: Buffer, options?: object) => Promise<Buffer>
/** Node has zstd from 22.15 and 23.8 on; @types/node 20 does not know it. */
const native = zlib as unknown as Record<'zstdDecompress' | 'zstdCompress', Parameters<typeof promisify>[0] | undefined>

/** Decodes a body; throws CP_BODY_ENCODING or CP_BODY_TOO_LARGE. */
export async function decode(bytes: Buffer, encoding: string, limit: number = DECODED_LIMIT): Promise<Buffer> {
  if (encoding === 'identity') return bytes
  try {
    if (encoding === 'zstd') return await decodeZstd(bytes, limit)
    if (encoding === 'gzip' || encoding === 'x-gzip')
      return await promisify(zlib.gunzip)(bytes, { maxOutputLength: limit })
    if (encoding === 'br') return await promisify(zlib.brotliDecompress)(bytes, { maxOutputLength: limit })
    if (encoding === 'deflate') return await promisify(zlib.inflate)(bytes, { maxOutputLength: limit })
  } catch (cause) {
    if (cause instanceof CodexPlusError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new CodexPlusError('CP_BODY_ENCODING', `The request body is not valid ${encoding}.`, { cause })
  }
  throw new CodexPlusError(
    'CP_BODY_ENCODING',
    `The request body has the content-encoding '${encoding}', which is not supported.`,
  )
}

/** Encodes a body; throws CP_BODY_ENCODING for an unsupported encoding. */
export async function encode(bytes: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === 'identity') return bytes
  if (encoding === 'zstd') return await encodeZstd(bytes)
  if (encoding === 'gzip' || encoding === 'x-gzip') return await promisify(zlib.gzip)(bytes)
  if (encoding === 'br') return await promisify(zlib.brotliCompress)(bytes)
  if (encoding === 'deflate') return await promisify(zlib.deflate)(bytes)
  throw new CodexPlusError('CP_BODY_ENCODING', `The request body cannot be encoded as '${encoding}'.`)
}

async function decodeZstd(bytes: Buffer, limit: number): Promise<Buffer> {
  const decoded = native.zstdDecompress
    ? await decodeFrames(promisify(native.zstdDecompress) as Transform, bytes, limit)
    : (await import('./portable-zstd.js')).decodeZstdPortably(bytes, limit)
  if (decoded === null) throw tooLarge(limit)
  return decoded
}

/** Decodes frame by frame: Node's zlib silently stops after the first one (seen on 24.21). */
async function decodeFrames(decodeFrame: Transform, bytes: Buffer, limit: number): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let length = 0
  let start = 0
  do {
    const { end } = readFrame(bytes, start)
    const part = await decodeFrame(bytes.subarray(start, end), { maxOutputLength: Math.max(1, limit - length) })
    length += part.length
    if (length > limit) return null
    parts.push(part)
    start = end
  } while (start < bytes.length)
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length)
}

async function encodeZstd(bytes: Buffer): Promise<Buffer> {
  if (native.zstdCompress) return await (promisify(native.zstdCompress) as Transform)(bytes)
  return await (await import('./portable-zstd.js')).encodeZstdPortably(bytes)
}

function tooLarge(limit: number): CodexPlusError {
  return new CodexPlusError('CP_BODY_TOO_LARGE', `The request body is larger than ${limit} bytes when decoded.`, {
    hint: 'Start a new thread or compact this one.',
  })
}
