import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeText } from '../../src/config/text-encoding.js'
import { readText, readTextFile } from '../../src/config/text-file.js'

const TEXT = '{"a": "é 😀"}\n'
const little = Buffer.from(TEXT, 'utf16le')
const big = Buffer.from(little).swap16()

describe('a text file', () => {
  it.each<[name: string, bytes: Buffer, text: string]>([
    ['UTF-8', Buffer.from(TEXT), TEXT],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), TEXT],
    ['UTF-16, little', Buffer.concat([Buffer.from([0xff, 0xfe]), little]), TEXT],
    ['UTF-16, big', Buffer.concat([Buffer.from([0xfe, 0xff]), big]), TEXT],
    ['UTF-16, little, without a mark', little, TEXT],
    ['UTF-16, big, without a mark', big, TEXT],
    ['UTF-16, cut in a character', Buffer.concat([Buffer.from([0xfe, 0xff]), big.subarray(0, 3)]), '{'],
    ['Windows line ends', Buffer.from('a\r\nb\r\n'), 'a\r\nb\r\n'],
    ['line ends of old Macs', Buffer.from('---\rx: 1\r---\rbody'), '---\nx: 1\n---\nbody'],
    ['a lone CR among others', Buffer.from('a\rb\nc'), 'a\rb\nc'],
    ['nothing', Buffer.alloc(0), ''],
    ['only a mark', Buffer.from([0xff, 0xfe]), ''],
    ['Latin-1', Buffer.from([0x61, 0xe9, 0x62]), 'a\ufffdb'],
  ])('%s', (_, bytes, text) => {
    expect(decodeText(bytes)?.text).toBe(text)
  })

  it.each<[name: string, bytes: Buffer]>([
    ['a NUL', Buffer.from('a\0b')],
    ['zeros', Buffer.alloc(5000)],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ])('%s is none', (_, bytes) => {
    expect(decodeText(bytes)).toBeNull()
  })
})

it('characters that cannot be read are known to be lost; of binary files only the beginning is looked at', () => {
  expect(decodeText(Buffer.from([0x61, 0xe9]))?.garbled).toBe(true)
  expect(decodeText(Buffer.from([0xff, 0xfe, 0x61]))?.garbled).toBe(true)
  for (const bytes of [Buffer.from(TEXT), little, big]) expect(decodeText(bytes)?.garbled).toBe(false)
  expect(decodeText(Buffer.from(`${'a'.repeat(100)}\0`), 100)?.text).toHaveLength(101)
  expect(decodeText(Buffer.from(`${'a'.repeat(99)}\0`), 100)).toBeNull()
})

describe('reading', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'codex-plus-text-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('has one rule for what is too large, and says why a file is no text', () => {
    const file = join(folder, 'f')
    writeFileSync(file, '')
    truncateSync(file, 70 * 1024 * 1024)
    expect(() => readTextFile(file)).toThrow('too large: 70.0 MB; the limit is 64 MB')
    truncateSync(file, 3 * 1024 * 1024)
    expect(() => readText(file, { limit: 2 * 1024 * 1024 })).toThrow('too large: 3.0 MB; the limit is 2 MB')
    expect(() => readTextFile(file)).toThrow(expect.objectContaining({ code: expect.stringContaining('NUL') }))
    expect(() => readTextFile(folder)).toThrow(expect.objectContaining({ code: 'EISDIR' }))
    expect(() => readTextFile('/dev/zero')).toThrow(expect.objectContaining({ code: 'not a regular file' }))
    expect(() => readTextFile(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})
