import { describe, expect, it } from 'vitest'
import { markdownLiteral } from '../../src/commands/markdown-literal.js'

describe('an answer as it is', () => {
  it('is a Markdown block that nothing in it ends', () => {
    expect(markdownLiteral('a\nb\n')).toBe('```\na\nb\n```')
    expect(markdownLiteral('# no heading, `code`')).toBe('```\n# no heading, `code`\n```')
    expect(markdownLiteral('```js\n1\n```')).toBe('````\n```js\n1\n```\n````')
  })
})
