import matter from 'gray-matter'
import { parse, stringify } from 'yaml'
import type { FrontMatter } from './front-matter.js'

/** The parts of a file that codex-plus wrote. */
export interface WrittenText {
  readonly frontMatter: FrontMatter
  readonly body: string
}

/**
 * Returns the text of a file with front matter; it ends with a line end. A `---` in a key or value is escaped: Claude Code
 * takes the first `---` anywhere as the end of the front matter.
 */
export function writeFrontMatter(frontMatter: FrontMatter, body: string): string {
  // An object, because gray-matter would search a string for front matter.
  return matter.stringify({ content: body }, frontMatter, OPTIONS)
}

/**
 * Reads a file that writeFrontMatter wrote and that may have been edited since. Throws if the front matter is not YAML or
 * names another language (`---js`); no such language runs. Use splitFrontMatter for `.claude` files that people write.
 */
export function readWrittenFrontMatter(text: string): WrittenText {
  if (/^---[ \t]*(?!ya?ml\s)[^-\s]/.test(text)) throw new Error(ONLY_YAML)
  const { data, content } = matter(text, OPTIONS)
  return { frontMatter: data, body: content }
}

const YAML = {
  parse: (source: string): object => parse(source) ?? {},
  stringify(data: object): string {
    if (Object.keys(data).length === 0) return ''
    const plain = stringify(data, { lineWidth: 0 })
    if (!plain.includes('---')) return plain
    const quoted = { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' } as const
    return stringify(data, quoted).replaceAll('---', '\\x2d\\x2d\\x2d')
  },
}

const ONLY_YAML = 'Front matter is read as YAML only.'
/** Replaces gray-matter's engines for JavaScript, which it evaluates, and JSON. */
const NONE = {
  parse(): object {
    throw new Error(ONLY_YAML)
  },
}
const OPTIONS = { language: 'yaml', engines: { yaml: YAML, javascript: NONE, json: NONE } }
