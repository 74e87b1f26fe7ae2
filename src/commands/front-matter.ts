import { createRequire } from 'node:module'
import { readPlainMetadata } from './plain-metadata.js'

/** The metadata of a command file: all of its keys with their YAML values. */
export type FrontMatter = Readonly<Record<string, unknown>>

/** A command file split into metadata and body. */
export interface CommandText {
  readonly frontMatter: FrontMatter
  readonly body: string
  /** Why the metadata was ignored, with the line in the file; null when it was read or there is none. */
  readonly metadataProblem: { readonly message: string; readonly line: number } | null
  /** The line of the file at which the body begins, counted from 1. */
  readonly bodyLine: number
}

/** Maximum length of a command file's metadata, in characters; the YAML library is slow on hostile input. */
const METADATA_LIMIT = 16 * 1024

/** Splits a command file; metadata that cannot be read is ignored and the reason returned, the body is always kept. */
export function splitFrontMatter(file: string): CommandText {
  // A byte order mark in front of metadata is no text; without metadata it stays.
  const text = file.startsWith('\ufeff---') ? file.slice(1) : file
  const parts = split(text)
  if (parts === null) return { frontMatter: {}, body: text, metadataProblem: null, bodyLine: 1 }
  const { source, body } = parts
  const bodyLine = text.slice(0, text.length - body.length).split('\n').length
  if (source.length > METADATA_LIMIT) {
    const message = `it is larger than ${METADATA_LIMIT / 1024} KB`
    return { frontMatter: {}, body, metadataProblem: { message, line: 1 }, bodyLine }
  }
  const first = readYaml(source)
  const read = 'problem' in first ? readYaml(quoteSpecials(source)) : first
  if ('values' in read) return { frontMatter: read.values, body, metadataProblem: null, bodyLine }
  // The error of the first attempt refers to the text as written.
  return { frontMatter: {}, body, metadataProblem: 'problem' in first ? first.problem : read.problem, bodyLine }
}

/**
 * Claude Code's split (claude-code-2.1 section 1.3), which is /^---\s*\n([\s\S]*?)---\s*\n?/ without its quadratic
 * time: the closing fence is the first `---` anywhere, also in the middle of a line, and the white space after it is
 * dropped. gray-matter is not used: it splits differently, throws on files this reader accepts, and evaluates `---js`.
 */
function split(text: string): { source: string; body: string } | null {
  const [fence, space = ''] = /^---(\s*)/.exec(text) ?? []
  const newline = space.lastIndexOf('\n')
  if (fence === undefined || newline === -1) return null
  const start = 3 + newline + 1
  const close = text.indexOf('---', start)
  if (close === -1) return null
  return { source: text.slice(start, close), body: text.slice(close + 3).trimStart() }
}

type YamlRead =
  | { readonly values: FrontMatter }
  | { readonly problem: { readonly message: string; readonly line: number } }

function readYaml(source: string): YamlRead {
  const plain = readPlainMetadata(source)
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

/** Quotes values with special characters, for a second attempt after a YAML error, as Claude Code does. */
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

/** Loads the YAML library (20 ms) once, and only for a file that needs it. */
function loadYaml(): typeof import('yaml') {
  yaml ??= createRequire(import.meta.url)('yaml') as typeof import('yaml')
  return yaml
}

/** Reads a boolean as Claude Code does (claude-code-2.1 section 1.3): yes, on and 1 are true, no, off and 0 false; else null. */
export function readBoolean(value: unknown): boolean | null {
  const word = String(value).toLowerCase()
  if (['true', 'yes', 'on', '1'].includes(word)) return true
  return ['false', 'no', 'off', '0'].includes(word) ? false : null
}
