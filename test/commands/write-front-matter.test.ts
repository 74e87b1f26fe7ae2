import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitFrontMatter } from '../../src/commands/front-matter.js'
import { readWrittenFrontMatter, writeFrontMatter } from '../../src/commands/write-front-matter.js'

describe('front matter that is written', () => {
  it('is YAML between two lines of dashes', () => {
    const text = writeFrontMatter({ description: 'What it does', 'argument-hint': '[what]', tools: ['Read'] }, 'Body')
    expect(text).toBe('---\ndescription: What it does\nargument-hint: "[what]"\ntools:\n  - Read\n---\nBody\n')
  })

  const word = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '',
      ' a ',
      'a: b',
      '- a',
      '#',
      "it's",
      'a\nb',
      'a\n---\nb',
      '----',
      'yes',
      'null',
      '1',
      '~',
      '\u001b[2J',
    ),
  )
  const value = fc.oneof(word, fc.boolean(), fc.integer(), fc.array(word), fc.constant(null))
  const key = fc.oneof(fc.stringMatching(/^[a-z][a-z-]{0,20}$/), word)
  const data = fc.dictionary(
    key.filter((name) => name !== '__proto__'),
    value,
    { noNullPrototype: true },
  )

  it('reads back as it was written, by gray-matter and as Claude Code reads command files', () => {
    const sizes = { numRuns: 500 }
    fc.assert(
      fc.property(data, fc.string(), (frontMatter, body) => {
        const text = writeFrontMatter(frontMatter, body)
        const read = readWrittenFrontMatter(text)
        expect(read.frontMatter).toEqual(frontMatter)
        expect([body, `${body}\n`]).toContain(read.body)
        const split = splitFrontMatter(text)
        expect(split.metadataProblem).toBeNull()
        expect(split.frontMatter).toEqual(frontMatter)
        expect(split.body.trim()).toBe(body.trim())
      }),
      sizes,
    )
  })

  it('belongs to the file alone: what the body begins with is body', () => {
    for (const body of ['---\na: 1\n---\nb\n', '---js\nprocess.exit(3)\n---\n', '---json\n{"a":1}\n---\n']) {
      const text = writeFrontMatter({ title: 'x' }, body)
      expect(readWrittenFrontMatter(text)).toEqual({ frontMatter: { title: 'x' }, body })
      expect(readWrittenFrontMatter(writeFrontMatter({}, body))).toEqual({ frontMatter: {}, body })
    }
  })

  it.each(['js', 'javascript', 'json', 'coffee', 'toml', 'constructor', '__proto__'])(
    'marked as %s is not read',
    (language) => {
      const marked = `---${language}\n{ "a": (globalThis.ran = true, 1) }\n---\nbody`
      expect(() => readWrittenFrontMatter(marked)).toThrow()
      expect((globalThis as { ran?: boolean }).ran).toBeUndefined()
    },
  )

  it('that somebody broke throws', () => {
    expect(() => readWrittenFrontMatter('---\na: [1\n---\nbody')).toThrow()
    expect(readWrittenFrontMatter('no front matter')).toEqual({ frontMatter: {}, body: 'no front matter' })
  })
})
