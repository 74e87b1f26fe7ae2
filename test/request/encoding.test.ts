import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodexPlusError, type ErrorCode } from '../../src/errors.js'
import { decode, encode } from '../../src/request/encoding.js'
import { decodeZstdPortably, encodeZstdPortably } from '../../src/request/portable-zstd.js'
import { recorded } from '../fixtures/recorded/load.js'

const ENCODINGS = ['identity', 'zstd', 'gzip', 'x-gzip', 'br', 'deflate'] as const
const BODY = Buffer.from(JSON.stringify(recorded('tool-turn').body))

/** Text that compresses about as a history does: repeated, with something new in each repetition. */
function history(length: number): Buffer {
  const parts: Buffer[] = []
  for (let size = 0; size < length; ) {
    const part = Buffer.concat([BODY.subarray(0, 8000), Buffer.from(randomBytes(200).toString('hex'))])
    parts.push(part)
    size += part.length
  }
  return Buffer.concat(parts).subarray(0, length)
}

/** A zstd frame with a window descriptor and no content size, as a streaming encoder writes it: raw blocks (RFC 8878). */
function frameWithoutSize(content: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])]
  for (let offset = 0; offset < content.length; offset += 65_536) {
    const block = content.subarray(offset, offset + 65_536)
    const header = (block.length << 3) | (offset + 65_536 >= content.length ? 1 : 0)
    parts.push(Buffer.from([header & 255, (header >> 8) & 255, (header >> 16) & 255]), block)
  }
  return Buffer.concat(parts)
}

/** A small zstd frame that becomes `blocks` times 128 KB: run-length blocks of four bytes each. */
function bomb(blocks: number): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])]
  for (let index = 0; index < blocks; index += 1) {
    const header = (131_072 << 3) | (1 << 1) | (index === blocks - 1 ? 1 : 0)
    parts.push(Buffer.from([header & 255, (header >> 8) & 255, (header >> 16) & 255, 65]))
  }
  return Buffer.concat(parts)
}

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'none'> {
  try {
    await promise
    return 'none'
  } catch (error) {
    expect(error).toBeInstanceOf(CodexPlusError)
    return (error as CodexPlusError).code
  }
}

describe.each(ENCODINGS)('%s', (encoding) => {
  it.each([0, 1, 80 * 1024, 2 * 1024 * 1024])('gives %d bytes back', async (length) => {
    const text = history(length)
    const encoded = await encode(text, encoding)
    if (encoding !== 'identity' && length > 1000) expect(encoded.length).toBeLessThan(length / 2)
    expect((await decode(encoded, encoding)).equals(text)).toBe(true)
  })

  it('gives any bytes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const text = Buffer.from(bytes)
        expect((await decode(await encode(text, encoding), encoding)).equals(text)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})

describe.each(ENCODINGS.filter((name) => name !== 'identity'))('%s, when it is broken', (encoding) => {
  it('is refused where it is cut short, wherever the cut', async () => {
    const encoded = await encode(history(20_000), encoding)
    for (const length of [0, 1, 5, 17, 100, encoded.length >> 1, encoded.length - 6, encoded.length - 1]) {
      expect(await codeOf(decode(encoded.subarray(0, length), encoding))).toBe('CP_BODY_ENCODING')
    }
  })

  it('is refused where it is something else', async () => {
    expect(await codeOf(decode(BODY, encoding))).toBe('CP_BODY_ENCODING')
  })

  it('never does anything else on garbage than to decode it or to refuse it', async () => {
    const sound = await encode(BODY.subarray(0, 2000), encoding)
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const bytes = Buffer.from(sound)
        bytes[at] = byte
        expect(['none', 'CP_BODY_ENCODING', 'CP_BODY_TOO_LARGE']).toContain(
          await codeOf(decode(bytes, encoding, 4_000_000)),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('stops at the limit', async () => {
    const encoded = await encode(Buffer.alloc(3_000_000, 65), encoding)
    expect(await codeOf(decode(encoded, encoding, 2_999_999))).toBe('CP_BODY_TOO_LARGE')
    expect(await codeOf(decode(encoded, encoding, 3_000_000))).toBe('none')
  })
})

describe('zstd frames', () => {
  it('need no content size', async () => {
    const text = history(200_000)
    expect((await decode(frameWithoutSize(text), 'zstd')).equals(text)).toBe(true)
  })

  it('may follow one another', async () => {
    const [one, two] = [history(90_000), history(150_000)]
    const frames = Buffer.concat([
      await encode(one, 'zstd'),
      frameWithoutSize(two),
      await encode(Buffer.from('end'), 'zstd'),
    ])
    expect((await decode(frames, 'zstd')).equals(Buffer.concat([one, two, Buffer.from('end')]))).toBe(true)
  })

  it('may not be followed by anything else', async () => {
    const frame = await encode(Buffer.from('text'), 'zstd')
    expect(await codeOf(decode(Buffer.concat([frame, Buffer.from('garbage')]), 'zstd'))).toBe('CP_BODY_ENCODING')
  })

  it('are limited together', async () => {
    const frame = await encode(Buffer.alloc(1000), 'zstd')
    const frames = Buffer.concat([frame, frame, frame])
    expect(await codeOf(decode(frames, 'zstd', 3000))).toBe('none')
    expect(await codeOf(decode(frames, 'zstd', 2999))).toBe('CP_BODY_TOO_LARGE')
    expect(await codeOf(decode(frames, 'zstd', 2000))).toBe('CP_BODY_TOO_LARGE')
  })

  it('that are bombs cost no more than the limit', async () => {
    const frame = bomb(4000)
    expect(frame.length).toBeLessThan(20_000)
    expect(await codeOf(decode(frame, 'zstd', 1_000_000))).toBe('CP_BODY_TOO_LARGE')
  })
})

describe('zstd without the zlib of newer Node versions', () => {
  it.each([0, 1, 80 * 1024, 2 * 1024 * 1024])('gives %d bytes back, from either side', async (length) => {
    const text = history(length)
    const encoded = await encodeZstdPortably(text)
    expect(decodeZstdPortably(encoded, length)?.equals(text)).toBe(true)
    expect((await decode(encoded, 'zstd')).equals(text)).toBe(true)
    expect(decodeZstdPortably(await encode(text, 'zstd'), length)?.equals(text)).toBe(true)
  })

  it('reads several frames and frames without a size', () => {
    const [one, two] = [history(70_000), history(70_000)]
    const frames = Buffer.concat([frameWithoutSize(one), frameWithoutSize(two)])
    expect(decodeZstdPortably(frames, 140_000)?.equals(Buffer.concat([one, two]))).toBe(true)
  })

  it('reserves no memory because a frame says that it becomes large', () => {
    // Single segment, a content size of eight bytes, one raw block of one byte.
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09, 0, 0, 65])
    for (const size of [2n ** 20n, 2n ** 31n, 2n ** 32n + 1n, 2n ** 62n]) {
      header.writeBigUInt64LE(size, 5)
      expect(() => decodeZstdPortably(header, 2 ** 40)).toThrow('more than its blocks can hold')
    }
    header.writeBigUInt64LE(1n, 5)
    expect(decodeZstdPortably(header, 1)?.toString()).toBe('A')
    expect(decodeZstdPortably(header, 0)).toBeNull()
  })

  it('skips frames that hold something else', () => {
    const skipped = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
    const frames = Buffer.concat([skipped, frameWithoutSize(Buffer.from('one')), skipped])
    expect(decodeZstdPortably(frames, 3)?.toString()).toBe('one')
  })

  it('reads what the content fills to the last byte of the limit', async () => {
    for (const length of [1, 255, 256, 65_791, 65_792, 200_000]) {
      const text = history(length)
      for (const frame of [await encodeZstdPortably(text), frameWithoutSize(text)]) {
        expect(decodeZstdPortably(frame, length)?.equals(text)).toBe(true)
        expect(decodeZstdPortably(frame, length - 1)).toBeNull()
      }
    }
  })

  it('is null over the limit and throws on what is cut short', () => {
    expect(decodeZstdPortably(bomb(4000), 1_000_000)).toBeNull()
    const frame = frameWithoutSize(history(70_000))
    for (const length of [0, 4, 6, 8, 65_000, frame.length - 1]) {
      expect(() => decodeZstdPortably(frame.subarray(0, length), 1_000_000)).toThrow()
    }
  })
})

describe('what is not known', () => {
  it.each(['gzip, zstd', 'compress', 'aws-chunked', 'x-unknown'])('%s is refused by its name', async (encoding) => {
    await expect(decode(BODY, encoding)).rejects.toThrow(`'${encoding}'`)
    await expect(encode(BODY, encoding)).rejects.toThrow(`'${encoding}'`)
    expect(await codeOf(decode(BODY, encoding))).toBe('CP_BODY_ENCODING')
    expect(await codeOf(encode(BODY, encoding))).toBe('CP_BODY_ENCODING')
  })
})

describe('deflate', () => {
  it('is the zlib format (RFC 9110 8.4.1.2)', async () => {
    expect((await decode(zlib.deflateSync(BODY), 'deflate')).equals(BODY)).toBe(true)
  })
})
