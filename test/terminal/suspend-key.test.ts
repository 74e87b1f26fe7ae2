import { describe, expect, it } from 'vitest'
import { createSuspendKey } from '../../src/terminal/suspend-key.js'

const scan = (...chunks: string[]) => {
  const key = createSuspendKey()
  return chunks.map((chunk) => {
    const { before, suspend, after } = key.scan(Buffer.from(chunk, 'latin1'))
    return [before.toString('latin1'), suspend, after.toString('latin1')]
  })
}

describe('the suspend key', () => {
  it.each([
    ['\x1a'],
    ['\x1b[122;5u'],
    ['\x1b[122;5:1u'],
    ['\x1b[122;5:2u'],
    ['\x1b[122;69u'],
    ['\x1b[122;133u'],
    ['\x1b[122::122;5u'],
    ['\x1b[27;5;122~'],
  ])('%j is Ctrl-Z', (bytes) => {
    expect(scan(`ab${bytes}cd`)).toEqual([['ab', true, 'cd']])
  })

  it.each([
    ['z'],
    ['\x1b[122;5:3u'],
    ['\x1b[122;6u'],
    ['\x1b[122;1u'],
    ['\x1b[122u'],
    ['\x1b[121;5u'],
    ['\x1b[27;5;121~'],
    ['\x1b\x1a'],
    ['\x1b[?122;5u'],
    ['\x1b[200~a\x1ab\x1b[122;5u\x1b[201~'],
  ])('%j is not', (bytes) => {
    expect(scan(bytes)).toEqual([[bytes, false, '']])
  })

  it('is never found inside a bracketed paste, wherever the reads end', () => {
    const text = 'x\x1b[200~a\x1ab\x1b[201~y'
    for (let at = 0; at <= text.length; at++) {
      expect(scan(text.slice(0, at), text.slice(at)).map(([, found]) => found)).toEqual([false, false])
    }
    expect(scan(`${text}\x1a`)).toEqual([[text, true, '']])
  })

  it('goes on as it is when its bytes come in two reads', () => {
    expect(scan('\x1b[122', ';5u', '\x1a')).toEqual([
      ['\x1b[122', false, ''],
      [';5u', false, ''],
      ['', true, ''],
    ])
  })

  it('counts as the first byte after a lone ESC of the read before', () => {
    expect(scan('\x1b', '\x1a')[1]).toEqual(['', true, ''])
  })
})
