import { describe, expect, it } from 'vitest'
import { splitReplies } from '../../src/terminal/query-replies.js'

const split = (text: string): [string, string] => {
  const { replies, keys } = splitReplies(Buffer.from(text))
  return [replies.toString(), keys.toString()]
}

describe('what the terminal answers, among what is typed', () => {
  it('is taken out, whole and in order', () => {
    const answers =
      '\x1b[12;40R\x1b[?62;22c\x1b[?1u\x1b[?2026;2$y\x1b]11;rgb:0/0/0\x1b\\\x1b]10;x\x07\x1bP>|xterm\x1b\\\x1b[I'
    expect(split(`a${answers}b`)).toEqual([answers, 'ab'])
    expect(split('ä\x1b[1;1Rö')).toEqual(['\x1b[1;1R', 'äö'])
  })

  it('keys are left alone', () => {
    for (const keys of ['/foo bar\r', '\x1b[A\x1bOP\x1b[13;2u\x1b[200~x\x1b[201~', '\x1b', '\x1b[3~']) {
      expect(split(keys)).toEqual(['', keys])
    }
  })
})
