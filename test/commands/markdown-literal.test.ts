import { describe, expect, it } from 'vitest'
import { literally } from '../../src/commands/markdown-literal.js'

describe('an answer as it is', () => {
  it('is a Markdown block that nothing in it ends', () => {
    expect(literally('a\nb\n')).toBe('```\na\nb\n```')
    expect(literally('# no heading, `code`')).toBe('```\n# no heading, `code`\n```')
    expect(literally('```js\n1\n```')).toBe('````\n```js\n1\n```\n````')
  })
})
