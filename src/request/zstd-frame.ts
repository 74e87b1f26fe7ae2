/** Magic numbers of RFC 8878 sections 3.1.1 and 3.1.2, little endian. */
const FRAME = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
const DICTIONARY_SIZES = [0, 1, 2, 4]
const CONTENT_SIZES = [0, 2, 4, 8]
const COMPRESSED = 2
const RLE = 1
const RESERVED = 3
/** The largest content of one compressed block, in bytes (section 3.1.1.2.3). */
const LARGEST_BLOCK = 128 * 1024

/** One zstd frame; several may follow each other. */
export interface ZstdFrame {
  /** The offset after its last byte. */
  readonly end: number
  /** The content size in its header, in bytes; null if there is none. */
  readonly size: number | null
  /** The largest content that its blocks can have, in bytes. */
  readonly most: number
}

/**
 * Reads the zstd frame that begins at `start` (RFC 8878 section 3.1); throws where it is cut short or is no frame. Only the
 * sizes of its blocks are read: Node 22's decoder takes half a frame for a whole one (seen on 22.23).
 */
export function readFrame(bytes: Buffer, start: number): ZstdFrame {
  const magic = bytes.readUInt32LE(start)
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
    return { end: within(bytes, start + 8 + bytes.readUInt32LE(start + 4)), size: 0, most: 0 }
  }
  if (magic !== FRAME) throw new Error('No zstd frame.')
  const descriptor = bytes.readUInt8(start + 4)
  const single = (descriptor & 0b0010_0000) !== 0
  const contentSize = CONTENT_SIZES[descriptor >> 6] || (single ? 1 : 0)
  let at = start + 5 + (single ? 0 : 1) + (DICTIONARY_SIZES[descriptor & 0b11] ?? 0)
  const size = readSize(bytes, at, contentSize)
  at += contentSize
  let most = 0
  for (let last = false; !last; ) {
    const header = bytes.readUIntLE(at, 3)
    const kind = (header >> 1) & 0b11
    if (kind === RESERVED) throw new Error('A zstd block of no known kind.')
    last = (header & 1) === 1
    most += kind === COMPRESSED ? LARGEST_BLOCK : header >> 3
    at += 3 + (kind === RLE ? 1 : header >> 3)
  }
  return { end: within(bytes, at + ((descriptor & 0b100) === 0 ? 0 : 4)), size, most }
}

function readSize(bytes: Buffer, at: number, length: number): number | null {
  if (length === 0) return null
  if (length === 8) return Number(bytes.readBigUInt64LE(at))
  // Two bytes count from 256 on.
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0)
}

function within(bytes: Buffer, end: number): number {
  if (end > bytes.length) throw new Error('The zstd data is cut short.')
  return end
}
