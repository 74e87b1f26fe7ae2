import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyScanner, type Key } from '../../../src/terminal/composer/scan-keys.js'

const scan = (...reads: string[]): Key[] => {
  const scanner = createKeyScanner()
  return reads.flatMap((read) => scanner.scan(Buffer.from(read)))
}
const kinds = (...reads: string[]): string[] => scan(...reads).map(({ kind }) => kind)
const submits = (...reads: string[]): string[] =>
  scan(...reads).flatMap((key) => (key.kind === 'submit' ? [key.key] : []))

describe('the keys of a terminal’s input', () => {
  it.each([
    ['\r', 'enter'],
    ['\x1b[13u', 'enter'],
    ['\x1b[13;1u', 'enter'],
    ['\x1b[13;1:1u', 'enter'],
    ['\x1b[13;1:2u', 'enter'],
    ['\x1b[13;65u', 'enter'],
    ['\x1b[13;193u', 'enter'],
    ['\x1b[57414u', 'enter'],
    ['\t', 'tab'],
    ['\x1b[9u', 'tab'],
  ])('%j submits', (bytes, key) => {
    expect(scan(bytes)).toEqual([{ kind: 'submit', key, start: 0, end: bytes.length }])
  })

  it.each(['\n', '\x1b\r', '\x1b[13;2u', '\x1b[13;5u', '\x1b[13;3u', '\x1b[27;2;13~', '\x1b[Z', '\x1b[9;2u', '\x1bOM'])(
    '%j does not',
    (bytes) => {
      expect(kinds(bytes)).toEqual(['edit'])
    },
  )

  it('releases, mouse, focus and answers are no keys', () => {
    const news = ['\x1b[13;1:3u', '\x1b[1;1:3A', '\x1b[<35;10;5M', '\x1b[<0;1;1m', '\x1b[I', '\x1b[O', '\x1b[12;3R']
    const answers = ['\x1b[?1u', '\x1b[?62;4c', '\x1b[?2026;2$y', '\x1b]11;rgb:1/2/3\x1b\\', '\x1b]10;x\x07']
    for (const bytes of [...news, ...answers]) expect([bytes, kinds(bytes)]).toEqual([bytes, []])
  })

  it('tells what moves, what chooses and what edits', () => {
    expect(kinds('\x1b[D', '\x1b[C', '\x1b[H', '\x1b[F', '\x1bOH', '\x01\x05', '\x1b[1;5D')).toEqual(
      Array(8).fill('move'),
    )
    expect(kinds('\x1b[A', '\x1bOB', '\x10\x0e')).toEqual(['choose', 'choose', 'choose', 'choose'])
    expect(kinds('\x7f', '\x15', '\x1b[3~', '\x19', '\x1b', 'a')).toEqual([
      ...Array(3).fill('erase'),
      'edit',
      'edit',
      'text',
    ])
  })

  it('an Enter inside a paste is text of it, however the reads are cut', () => {
    const input = '\x1b[200~/foo a\r\nb\rc\x1b[201~\r'
    for (let cut = 1; cut < input.length; cut += 1) {
      const keys = scan(input.slice(0, cut), input.slice(cut)).filter(({ kind }) => kind !== 'edit')
      expect(keys[0]).toEqual({ kind: 'paste', paste: { head: '/foo a\nb\nc', tail: '/foo a\nb\nc', length: 10 } })
      expect(keys.slice(1).map(({ kind }) => kind)).toEqual(['submit'])
    }
  })

  it('Escape, and Enter in the next read, are two keys', () => {
    expect(kinds('\x1b', '\r')).toEqual(['edit', 'submit'])
    expect(submits('\x1b', '[', '\r')).toEqual(['enter'])
  })

  it('counts the characters of a paste as codex does', () => {
    const [key] = scan(`\x1b[200~${'ä😀'.repeat(700)}\x1b[201~`)
    expect(key).toMatchObject({ kind: 'paste', paste: { length: 1400 } })
  })

  it('never throws, and a submit key is where it says it is', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (reads) => {
        const scanner = createKeyScanner()
        for (const read of reads) {
          for (const key of scanner.scan(Buffer.from(read))) {
            if (key.kind === 'submit')
              expect(key.start >= 0 && key.end > key.start && key.end <= read.length).toBe(true)
          }
        }
      }),
    )
  })
})
