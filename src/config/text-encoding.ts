import { isUtf8 } from 'node:buffer'

/** Bytes at the start of a text that are looked at for the pattern of UTF-16 without a mark. */
const SAMPLE = 1024

/** A decoded text file. */
export interface DecodedText {
  /** The text without its byte order mark. */
  readonly text: string
  /** Whether the file is neither UTF-8 nor UTF-16, so that some of its characters could not be read and are U+FFFD. */
  readonly garbled: boolean
  /** Whether it began with the byte order mark of UTF-8. */
  readonly marked: boolean
}

/**
 * Decodes a text file as editors of different systems write it: UTF-8 or UTF-16 of either byte order, with or without a byte
 * order mark (dropped), and line ends of old Macs (a lone CR becomes LF; CRLF stays). Null for bytes that are no text: those
 * with a NUL among the first `within` characters.
 */
export function decodeText(bytes: Buffer, within = Number.POSITIVE_INFINITY): DecodedText | null {
  const decoded = decodeBytes(bytes)
  const nul = decoded.text.indexOf('\0')
  if (nul !== -1 && nul < within) return null
  const { text } = decoded
  return text.includes('\n') || !text.includes('\r') ? decoded : { ...decoded, text: text.replaceAll('\r', '\n') }
}

function decodeBytes(bytes: Buffer): DecodedText {
  const [first, second, third] = bytes
  const marked = first === 0xef && second === 0xbb && third === 0xbf
  if (first === 0xff && second === 0xfe) return wide(bytes.toString('utf16le', 2), bytes)
  if (first === 0xfe && second === 0xff) return wide(swapped(bytes.subarray(2)), bytes)
  const order = byteOrder(bytes)
  if (order === 'big') return wide(swapped(bytes), bytes)
  if (order === 'little') return wide(bytes.toString('utf16le'), bytes)
  return { text: bytes.toString('utf8', marked ? 3 : 0), garbled: !isUtf8(bytes), marked }
}

function wide(text: string, { length }: Buffer): DecodedText {
  return { text, garbled: length % 2 === 1, marked: false }
}

/** The order of UTF-16 without a mark: every second byte of ASCII letters is zero. Null for everything else. */
function byteOrder(bytes: Buffer): 'little' | 'big' | null {
  if (bytes.length % 2 === 1 || bytes.length < 4) return null
  const length = Math.min(bytes.length, SAMPLE)
  let [even, odd] = [0, 0]
  for (let at = 0; at < length; at += 2) {
    if (bytes[at] === 0) even += 1
    if (bytes[at + 1] === 0) odd += 1
  }
  const most = length / 2
  if (odd > most * 0.7 && even * 4 < odd) return 'little'
  return even > most * 0.7 && odd * 4 < even ? 'big' : null
}

function swapped(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString('utf16le')
}
