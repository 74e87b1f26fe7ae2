import { createRequire } from 'node:module'

/** The metadata of a command file: whatever keys it has, as YAML gives them. */
export type FrontMatter = Readonly<Record<string, unknown>>

/** A command file taken apart. */
export interface CommandText {
  readonly frontMatter: FrontMatter
  readonly body: string
  /** Why the metadata was dropped, with the file's line; null when it was read or there is none. */
  readonly metadataProblem: { readonly message: string; readonly line: number } | null
  /** The line of the file on which the body begins, counted from 1. */
  readonly bodyLine: number
}

/**
 * Claude Code's split (claude-code-2.1 section 1.3): the closing fence is the first `---` anywhere, also in the middle of
 * a line, and the white space after it is eaten. gray-matter splits otherwise, throws on what is read here, and evaluates
 * `---js`, which is why it is not used.
 */
const SPLIT = /^---\s*\n([\s\S]*?)---\s*\n?/

/** Takes a command file apart; metadata that cannot be read is dropped with a reason, the body never. */
export function splitFrontMatter(text: string): CommandText {
  const match = SPLIT.exec(text)
  if (!match) return { frontMatter: {}, body: text, metadataProblem: null, bodyLine: 1 }
  const body = text.slice(match[0].length)
  const bodyLine = match[0].split('\n').length
  const source = match[1] ?? ''
  const first = readYaml(source)
  const read = 'problem' in first ? readYaml(quoteSpecials(source)) : first
  if ('values' in read) return { frontMatter: read.values, body, metadataProblem: null, bodyLine }
  // The first reading's complaint is about what the person wrote.
  return { frontMatter: {}, body, metadataProblem: 'problem' in first ? first.problem : read.problem, bodyLine }
}

/** Plain `key: value` lines need no YAML library: a value without a character that YAML could read otherwise. */
const PLAIN_LINE = /^([A-Za-z_][\w-]*):[ \t]+([A-Za-z/$(.][^\s:#"'{}[\]&*!|>%@`,\\-][^:#"'{}[\]&*!|>%@`\\\r]*?)[ \t]*$/
const YAML_WORDS = /^(true|false|null|yes|no|on|off|y|n|~|\.inf|\.nan)$/i

type YamlRead =
  | { readonly values: FrontMatter }
  | { readonly problem: { readonly message: string; readonly line: number } }

function readYaml(source: string): YamlRead {
  const plain = readPlain(source)
  if (plain) return { values: plain }
  const { parseDocument } = loadYaml()
  const document = parseDocument(source, { uniqueKeys: false, logLevel: 'silent' })
  const [error] = document.errors
  if (error) {
    const line = (error.linePos?.[0].line ?? 1) + 1
    return { problem: { message: (error.message.split('\n', 1)[0] ?? '').replace(/ at line .*$/, ''), line } }
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    return { problem: { message: (cause as Error).message, line: 2 } }
  }
  if (value === null || value === undefined) return { values: {} }
  if (typeof value === 'object' && !Array.isArray(value)) return { values: value as FrontMatter }
  return { problem: { message: 'expected `key: value` lines', line: 2 } }
}

function readPlain(source: string): FrontMatter | null {
  const values: Record<string, unknown> = {}
  for (const line of source.split('\n')) {
    if (line.trim() === '') continue
    const match = PLAIN_LINE.exec(line)
    const [, key = '', value = ''] = match ?? []
    if (!match || YAML_WORDS.test(value) || key === '__proto__') return null
    values[key] = value
  }
  return values
}

/** Values that YAML cannot read as they stand are tried once more in quotes, as Claude Code does. */
function quoteSpecials(source: string): string {
  return source
    .split('\n')
    .map((line) => {
      const match = /^([A-Za-z_-]+):[ \t]+(.+?)(\r?)$/.exec(line)
      const [, key = '', value = '', end = ''] = match ?? []
      const quoted = /^["']/.test(value)
      if (!match || quoted || !/[{}[\]*&#!|>%@`]|: /.test(value)) return line
      return `${key}: "${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"${end}`
    })
    .join('\n')
}

let yaml: typeof import('yaml') | undefined

/** Loads the YAML library (some ms), once and only for a file that needs it. */
function loadYaml(): typeof import('yaml') {
  yaml ??= createRequire(import.meta.url)('yaml') as typeof import('yaml')
  return yaml
}
