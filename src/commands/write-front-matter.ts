import { createRequire } from 'node:module'
import type { FrontMatter } from './front-matter.js'

/** A file taken apart that codex-plus wrote. */
export interface WrittenText {
  readonly frontMatter: FrontMatter
  readonly body: string
}

/**
 * The text of a file with front matter; the body ends with a line end. No value has `---` in it as it is written: Claude
 * Code takes the first `---`, wherever it stands, for the end of the front matter.
 */
export function writeFrontMatter(frontMatter: FrontMatter, body: string): string {
  // As an object: gray-matter would read a string for front matter of its own.
  return load().stringify({ content: body }, frontMatter, OPTIONS)
}

/**
 * Reads back a file that writeFrontMatter wrote, also when somebody has edited it since. Throws where its front matter is
 * not YAML, or is marked as another language (`---js`), of which none is run. Files of `.claude` that people write are
 * read by splitFrontMatter, which reads as Claude Code does.
 */
export function readWrittenFrontMatter(text: string): WrittenText {
  if (/^---[ \t]*(?!ya?ml\s)[^-\s]/.test(text)) throw new Error(ONLY_YAML)
  const { data, content } = load()(text, OPTIONS)
  return { frontMatter: data, body: content }
}

const YAML = {
  parse: (source: string): object => yaml().parse(source) ?? {},
  stringify(data: object): string {
    if (Object.keys(data).length === 0) return ''
    const plain = yaml().stringify(data, { lineWidth: 0 })
    if (!plain.includes('---')) return plain
    const quoted = { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' } as const
    return yaml().stringify(data, quoted).replaceAll('---', '\\x2d\\x2d\\x2d')
  },
}

const ONLY_YAML = 'Front matter is read as YAML only.'
/** gray-matter's own engines run JavaScript and read JSON: both are taken away. */
const NONE = {
  parse(): object {
    throw new Error(ONLY_YAML)
  },
}
const OPTIONS = { language: 'yaml', engines: { yaml: YAML, javascript: NONE, json: NONE } }

const require = createRequire(import.meta.url)

/** Loads the libraries (some ms) only where front matter is written: no start of codex waits for them. */
function load(): typeof import('gray-matter') {
  return require('gray-matter') as typeof import('gray-matter')
}

function yaml(): typeof import('yaml') {
  return require('yaml') as typeof import('yaml')
}
