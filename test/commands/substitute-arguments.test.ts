import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unmark } from '../../src/commands/argument-marks.js'
import { argumentNames, countingOf, neutralise, substituteArguments } from '../../src/commands/substitute-arguments.js'

const put = (
  body: string,
  args: string,
  names: string[] = [],
  counting: 'from-zero' | 'from-one' = 'from-one',
): string => unmark(substituteArguments(body, { args, names, counting }))

/** Text without a placeholder in it, and words without what a shell or a later pass would take for its own. */
const plain = fc.string({ unit: fc.constantFrom(...'abc XYZ\n.,;:-_()[]{}"\'`!@#%^&*+=|<>/?~é🙂') })
const word = fc.stringMatching(/^[a-z][a-z0-9_./-]{0,8}$/)
const words = fc.array(word, { minLength: 1, maxLength: 6 })

describe('arguments', () => {
  it.each([
    ['$1 of $2', 'a b', 'a of b'],
    ['$10', 'a', '$10\n\nARGUMENTS: a'],
    ['$1x', 'a', '$1x\n\nARGUMENTS: a'],
    ['costs \\$1 and $1', 'a', 'costs $1 and a'],
    ['\\\\$1', 'a', '\\\\a'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell syntax
    ['$HOME ${1} $@ $#', '', '$HOME ${1} $@ $#'],
    ['x', '', 'x'],
    ['x\n', 'a b', 'x\n\n\nARGUMENTS: a b'],
    ['$ARGUMENTSX', 'a', 'aX'],
    ['$ARGUMENTS[1]', 'a b', 'b'],
    ['$ARGUMENTS', 'costs $5 & "more"', 'costs $5 & "more"'],
    ['$ARGUMENTS', "$& $` $' $$", "$& $` $' $$"],
  ])('%j with %j', (body, args, text) => {
    expect(put(body, args)).toBe(text)
  })

  it('by name, the longest first', () => {
    expect(put('$file $filename $fi', 'a b', ['file', 'filename'])).toBe('a b $fi')
    expect(argumentNames('a  b 1')).toEqual(['a', 'b'])
    expect(argumentNames(['a', 2, '', null])).toEqual(['a'])
    expect(argumentNames({ a: 1 })).toEqual([])
  })

  it('a text without a placeholder stays as it is, whatever it is', () => {
    fc.assert(
      fc.property(plain, words, (body, args) => {
        expect(put(body, '')).toBe(body)
        expect(put(body, args.join(' '))).toBe(`${body}\n\nARGUMENTS: ${args.join(' ')}`)
      }),
    )
  })

  it('every word has its place, in both ways of counting', () => {
    fc.assert(
      fc.property(words, plain, (args, between) => {
        const numbered = (first: number): string => args.map((_, index) => `$${index + first}`).join(` ${between} `)
        const wanted = args.join(` ${between} `)
        expect(put(numbered(1), args.join(' '))).toBe(wanted)
        expect(put(numbered(0), args.join(' '), [], 'from-zero')).toBe(wanted)
        expect(put(args.map((_, index) => `$ARGUMENTS[${index}]`).join(` ${between} `), args.join(' '))).toBe(wanted)
      }),
    )
  })

  it('what is escaped stays, and what the values hold is never escaped', () => {
    fc.assert(
      fc.property(words, fc.nat({ max: 12 }), (args, n) => {
        expect(put(`\\$${n} \\$ARGUMENTS $ARGUMENTS`, args.join(' '))).toBe(`$${n} $ARGUMENTS ${args.join(' ')}`)
      }),
    )
  })

  it('no value can hold a marker of a shell block any more', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('!', '`', ' ', '\n', 'a', '\\') }), (value) => {
        expect(neutralise(value)).not.toMatch(/(?<=^|\s)!`|`!/)
      }),
      { numRuns: 2000 },
    )
  })

  it('of any kind never throw', () => {
    const any = fc.string({
      unit: fc.oneof(
        fc.constantFrom('$', '1', '[', ']', 'ARGUMENTS', '\\', '{', '}', '!', '`', '@'),
        fc.string({ unit: 'binary', maxLength: 1 }),
      ),
    })
    fc.assert(
      fc.property(any, any, fc.array(any), (body, args, names) => {
        expect(typeof put(body, args, argumentNames(names), countingOf(body))).toBe('string')
      }),
      { numRuns: 1000 },
    )
  })
})
