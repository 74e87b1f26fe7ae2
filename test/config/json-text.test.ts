import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonLines, readJson, readJsonc } from '../../src/config/json-text.js'
import { scaled } from '../time.js'

describe('JSON with comments', () => {
  it.each([
    ['{\n  // one\n  "a": 1, // two\n  /* three\n  lines */ "b": 2,\n}', { a: 1, b: 2 }],
    ['{"url": "https://x//y", "c": "/* no */", "d": "a\\"//"}', { url: 'https://x//y', c: '/* no */', d: 'a"//' }],
    ['[1, 2, // last\n]', [1, 2]],
    ['{\r\n  "a": [1,], // one\r\n}\r\n', { a: [1] }],
  ])('%j', (text, value) => {
    expect(readJsonc(text)).toEqual({ value })
  })

  it('is what JSON is, where there are none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(readJsonc(text)).toEqual({ value: JSON.parse(text) })
      }),
    )
  })

  it.each([
    ['two commas', '{\n"a": 1,,\n"b": 2}', 2],
    ['a comma alone', '[\n,\n]', 2],
    ['a comment that does not end', '{\n"a": 1\n/* b\n}', 3],
    ['a comma behind the value', '{}\n,', 2],
    ['nothing but a comment', '\n// a', 2],
  ])('has no %s', (_, text, line) => {
    expect(readJsonc(text)).toEqual({ line })
  })
})

describe('the line of an error in JSON', () => {
  it.each([
    ['nothing', '', 1],
    ['a comment', '{\n// c\n"a": 1}', 2],
    ['a comma before the bracket', '{\n"a": [1,\n2,\n],\n"b": 1}', 4],
    ['a missing comma', '{\n"a": 1\n"b": 2\n}', 3],
    ['a missing colon', '{\n"a" 1\n}', 2],
    ['a bare word', '{\n"a": 1,\n"b": yes\n}', 3],
    ['a key without quotes', '{\n\n a: 1}', 3],
    ['single quotes', "{\n'a': 1}", 2],
    ['an open string', '{\n"a": "b\n}', 2],
    ['a wrong escape', '{\n"a": "\\x"\n}', 2],
    ['a tab in a string', '{\n"a": "\t"\n}', 2],
    ['a number that is none', '{\n"a": 1.\n}', 2],
    ['a zero in front', '[\n1,\n01]', 3],
    ['an end that is missing', '{\n"a": {\n', 3],
    ['something behind the value', '{}\n\nx', 3],
    ['the wrong bracket', '{\n"a": [1}\n}', 2],
    ['a byte order mark', '\ufeff{\n}', 1],
    ['Windows line ends', '{\r\n"a": 1,\r\n"b" 2\r\n}', 3],
    ['a line separator of Unicode, which is none', '{"a": "\u2028",\n"b" 2}', 2],
    ['the same error twice', '{\n"a" 1,\n"b" 2\n}', 2],
  ])('%s', (_, text, line) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(readJson(text)).toEqual({ line })
  })

  it('is found wherever JSON.parse finds an error, and nowhere else', () => {
    const change = fc.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom(...'{}[]",:\\x01-.\n\t\u0000/'))
    fc.assert(
      fc.property(change, ([value, at, character]) => {
        const sound = JSON.stringify(value, null, 1)
        const place = at % (sound.length + 1)
        const text = sound.slice(0, place) + character + sound.slice(place + 1)
        let parsed: { value: unknown } | null = null
        try {
          parsed = { value: JSON.parse(text) }
        } catch {
          // Not JSON any more.
        }
        const read = readJson(text)
        expect('value' in read ? read : null).toEqual(parsed)
        if ('line' in read) {
          expect(read.line).toBeGreaterThan(0)
          expect(read.line).toBeLessThanOrEqual(text.split('\n').length)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is a line, too, where brackets stand in brackets 200,000 times', () => {
    expect(readJson('['.repeat(200_000))).toEqual({ line: 1 })
    expect(readJson(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toHaveProperty('value')
  })

  it('is found in one pass: 160,000 lines in front of it do not take minutes', () => {
    const text = `[\n${'1,\n'.repeat(160_000)}x]`
    const begun = performance.now()
    expect(readJson(text)).toEqual({ line: 160_002 })
    expect(performance.now() - begun).toBeLessThan(scaled(10_000))
  })
})

describe('the line of a value', () => {
  const text = [
    '{',
    '  "a": {',
    '    "b": [',
    '      1,',
    '      { "c": "a" }',
    '    ]',
    '  },',
    '  "a.b": 3,',
    '  "d": 1,',
    '  "d":',
    '    2',
    '}',
  ]
  it.each([
    [[], 1],
    [['a'], 2],
    [['a', 'b'], 3],
    [['a', 'b', 1], 5],
    [['a', 'b', 1, 'c'], 5],
    [['a.b'], 8],
    [['d'], 10],
    [['a', 'b', 7], 3],
    [['a', 'nothing', 'in', 'it'], 2],
    [['toString'], 1],
  ])('%j is line %i', (path, line) => {
    expect(jsonLines(text.join('\n'))(path)).toBe(line)
    expect(jsonLines(text.join('\r\n'))(path)).toBe(line)
  })

  it('is the first line where the text is nested deeper than can be followed', () => {
    expect(jsonLines(`${'[\n'.repeat(100_000)}${']'.repeat(100_000)}`)([0, 0])).toBe(1)
  })
})
