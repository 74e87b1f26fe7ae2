import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argumentWords } from '../../src/commands/argument-words.js'

type Row = { args: string; out: string[] }
const rows = JSON.parse(readFileSync(new URL('./oracle/argument-words.json', import.meta.url), 'utf8')) as Row[]

describe('argument words', () => {
  it.each(rows)('of $args are those recorded', ({ args, out }) => {
    const words = argumentWords(args)
    expect(out.map((_, index) => words[index] ?? '')).toEqual(out)
  })

  it.each([
    ["don't stop now", ["don't stop now"]],
    ['a "b c d', ['a', '"b c d']],
    ['a\\ b c\\"d e', ['a b', 'c"d', 'e']],
    ['"a \\"q\\"" c', ['a \\"q\\"', 'c']],
    ['{"k": "v w", "n": 1}', ['{"k":', 'v w,', 'n:', '1}']],
    ['{a,b} c', ['{a,b}', 'c']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell expansion
    ['$HOME ${USER} $(whoami)', ['$HOME']],
    ['$1 $ARGUMENTS $0', ['$1']],
    ['a\r\nb', ['a']],
    ['*.ts src/** # comment here', ['*.ts', 'src/**']],
    ['', []],
    ['  ', []],
  ])('of %j', (args, words) => {
    expect(argumentWords(args)).toEqual(words)
  })

  it('of plain words are the words', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_./-]{0,8}x$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        expect(argumentWords(words.join(' '))).toEqual(words)
      }),
    )
  })

  it('survive single quotes', () => {
    const word = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll("'", ''))
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        expect(argumentWords(words.map((text) => `'${text}'`).join(' '))).toEqual(words)
      }),
    )
  })

  it('never throw and stay linear', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'ab \\\'"`$(){}[]<>|&;#!=\n\t*~'), maxLength: 200 })
    fc.assert(
      fc.property(noise, (text) => Array.isArray(argumentWords(text))),
      { numRuns: 500 },
    )
    for (const piece of ['(', 'foo(', "'", '"', '${', '[', '<', 'for a ', 'a=1 ', '{ ', '\\']) {
      expect(argumentWords(piece.repeat(20_000))).toBeInstanceOf(Array)
    }
  })
})
