import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutComments } from '../../src/config/jsonc.js'

describe('JSON with comments', () => {
  it.each([
    ['{\n  // one\n  "a": 1, // two\n  /* three\n  lines */ "b": 2,\n}', { a: 1, b: 2 }],
    ['{"url": "https://x//y", "c": "/* no */", "d": "a\\"//"}', { url: 'https://x//y', c: '/* no */', d: 'a"//' }],
    ['[1, 2, // last\n]', [1, 2]],
  ])('%j', (text, value) => {
    const plain = withoutComments(text)
    expect(JSON.parse(plain)).toEqual(value)
    expect(plain.split('\n')).toHaveLength(text.split('\n').length)
  })

  it('leaves plain JSON as it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => withoutComments(JSON.stringify(value)) === JSON.stringify(value)))
  })
})
