import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { splitFrontMatter } from '../../src/commands/front-matter.js'
import { readPlainMetadata } from '../../src/commands/plain-metadata.js'

function byLibrary(source: string): unknown {
  const document = parseDocument(source, { uniqueKeys: false, logLevel: 'silent' })
  return document.errors.length > 0 ? 'an error' : (document.toJS() ?? {})
}

describe('metadata without the YAML library', () => {
  it.each([
    [
      'description: Fix an issue\nargument-hint: (number)\n',
      { description: 'Fix an issue', 'argument-hint': '(number)' },
    ],
    [
      'allowed-tools: Bash(git status:*), Bash(git diff:*), Read\n',
      { 'allowed-tools': 'Bash(git status:*), Bash(git diff:*), Read' },
    ],
    ['allowed-tools: [Read, Bash(git log:*)]\n', { 'allowed-tools': ['Read', 'Bash(git log:*)'] }],
    [
      'allowed-tools:\n  - Read\n  - Bash(git log:*)\nmodel: inherit\n',
      { 'allowed-tools': ['Read', 'Bash(git log:*)'], model: 'inherit' },
    ],
    [
      'description: "quoted: with a colon"\nargument-hint: \'[a]\'\r\n',
      { description: 'quoted: with a colon', 'argument-hint': '[a]' },
    ],
    ['', {}],
  ])('%j', (source, values) => {
    expect(readPlainMetadata(source)).toEqual(values)
    expect(byLibrary(source)).toEqual(values)
  })

  it.each([
    'a: true\n',
    'a: 1\n',
    'a: 2024-01-01\n',
    'a: b: c\n',
    'a: text # comment\n',
    'a: text\n  goes on\n',
    'a: {b: c}\n',
    'a: [b, [c]]\n',
    'a: &anchor b\n',
    'a: |\n  text\n',
    'a: "x\\n"\n',
    '# comment\n',
    'a: x\na: y\n',
    '__proto__: x\n',
    'a:\n',
    'a: "x" y\n',
  ])('%j is left to the library', (source) => {
    expect(readPlainMetadata(source)).toBeNull()
  })

  it('means what the library reads, whatever the text', () => {
    const bit = fc.constantFrom(
      ...'ab:-#[]{}"\'*&!|>%@`,\\?~/.$()=19 \t\n\r',
      ': ',
      '- ',
      '\n  - ',
      'key: ',
      'key:\n  - a\n- a',
      'key:\n- a\n  - a',
      'k2:',
      'true',
      'é',
      '\u00a0',
      '\u2028',
    )
    const source = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(bit, { maxLength: 25 }).map((bits) => bits.join('')),
      fc.array(bit, { maxLength: 12 }).map((bits) => `key: ${bits.join('').replaceAll('\n', '')}\n`),
      fc.array(bit, { maxLength: 12 }).map((bits) => `key: [${bits.join('').replaceAll('\n', '')}]\nother: x\n`),
      fc.array(bit, { maxLength: 12 }).map((bits) => `key:\n  - ${bits.join('')}\n`),
    )
    fc.assert(
      fc.property(source, (text) => {
        const plain = readPlainMetadata(text)
        if (plain !== null) expect(plain).toEqual(byLibrary(text))
      }),
      { numRuns: 5000 },
    )
  })
})

describe('splitting', () => {
  it('never throws and never loses the body, whatever the bytes', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((inside) => `---\n${inside}\n---\nBODY`),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => `---\n${Buffer.from(bytes).toString('utf8')}`),
      fc.tuple(fc.string(), fc.string()).map(([inside, body]) => `---\r\n${inside}\n---  \n${body}`),
    )
    fc.assert(
      fc.property(text, (source) => {
        const { body, bodyLine, frontMatter } = splitFrontMatter(source)
        expect(source.endsWith(body)).toBe(true)
        expect(bodyLine).toBeGreaterThanOrEqual(1)
        expect(bodyLine).toBeLessThanOrEqual(source.split('\n').length)
        expect(Array.isArray(frontMatter)).toBe(false)
        if (!source.startsWith('---')) expect(body).toBe(source)
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['---js\nglobalThis.hostile = true\n---\nbody', '---json\n{"a": 1}\n---\nbody', '---coffee\nx\n---\nbody'])(
    '%j is text: no language is evaluated',
    (source) => {
      expect(splitFrontMatter(source)).toMatchObject({ frontMatter: {}, body: source })
      expect(Object.hasOwn(globalThis, 'hostile')).toBe(false)
    },
  )

  it.each([
    ['a tag of JavaScript', '---\na: !!js/function "function () { globalThis.hostile = true }"\n---\nbody'],
    [
      'aliases that multiply',
      `---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n---\nbody`,
    ],
    ['a prototype', '---\n__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}\n---\nbody'],
  ])('%s does nothing but be metadata', (_name, source) => {
    const { body } = splitFrontMatter(source)
    expect(body).toBe('body')
    expect(Object.hasOwn(globalThis, 'hostile')).toBe(false)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
