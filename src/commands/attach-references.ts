import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { extname, isAbsolute, join, resolve } from 'node:path'
import { decodeText } from '../config/text-encoding.js'
import { statsOf } from '../paths.js'
import type { Reference } from './find-references.js'
import { notebookText } from './notebook-text.js'

/** The content a reference adds to a prompt: one of the `attachments` of the expansion contract. */
export type Attachment =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly text: string
      readonly offset?: number
      readonly limit?: number
      /** Whether the file is not UTF-8, so that some of its characters could not be read. */
      readonly garbled?: boolean
    }
  | { readonly kind: 'directory'; readonly path: string; readonly entries: readonly string[] }
  /** A resource of an MCP server; its path is `server:uri`. */
  | { readonly kind: 'resource'; readonly path: string; readonly text: string }
  | { readonly kind: 'image'; readonly path: string; readonly mediaType: string; readonly bytes: Buffer }

export interface AttachOptions {
  readonly cwd: string
  readonly home: string
  /** Whether a deny rule forbids reading a path. */
  denies(path: string): boolean
  /** Whether a reference may read a path; without it every path may be read. */
  reach?(reference: Reference, path: string): boolean
  /** Maximum tokens of one file, four characters a token (CLAUDE_CODE_FILE_READ_MAX_OUTPUT_TOKENS). */
  readonly maxTokens: number
}

/** Maximum file size in bytes; larger files are not attached (claude-code-2.1 section 1.7). */
const FILE_LIMIT = 256 * 1024
const IMAGE_LIMIT = 5 * 1024 * 1024
const ENTRY_LIMIT = 1000
/** A NUL among the first characters makes a file binary, the test that git and grep use. */
const BINARY_WITHIN = 8192
const LINE_LIMIT = 2000
const IMAGES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
}

/** Reads the files and folders of the references; one that is missing, binary, denied or too large is skipped. */
export function attachReferences(references: readonly Reference[], options: AttachOptions): Attachment[] {
  return references.flatMap((reference) => {
    const path = expandPath(reference.path, options)
    const attachment = attach(path, reference, options)
    return attachment === null ? [] : [attachment]
  })
}

function expandPath(path: string, { cwd, home }: AttachOptions): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1))
  return isAbsolute(path) ? resolve(path) : resolve(cwd, path)
}

function attach(path: string, reference: Reference, options: AttachOptions): Attachment | null {
  if (options.denies(path) || options.reach?.(reference, path) === false) return null
  const stats = statsOf(path)
  if (stats?.isDirectory()) return listDirectory(path)
  // Only regular files: reading a FIFO or a device would block forever.
  if (!stats?.isFile()) return null
  const mediaType = IMAGES[extname(path).toLowerCase()]
  if (stats.size > (mediaType === undefined ? FILE_LIMIT : IMAGE_LIMIT) && !isPdf(path)) return null
  if (isPdf(path)) return { kind: 'file', path, text: `PDF file read: ${path} (${stats.size} bytes)` }
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return null
  }
  if (mediaType !== undefined) return { kind: 'image', path, mediaType, bytes }
  const decoded = decodeText(bytes, BINARY_WITHIN)
  if (decoded === null) return null
  const text = extname(path) === '.ipynb' ? notebookText(decoded.text) : decoded.text
  const attachment = attachText(path, text, reference, options)
  return attachment !== null && decoded.garbled ? { ...attachment, garbled: true } : attachment
}

type FileText = Extract<Attachment, { kind: 'file' }>

function attachText(path: string, raw: string, { offset, limit }: Reference, options: AttachOptions): FileText | null {
  const text = raw.replaceAll('\r\n', '\n')
  const lines = text.split('\n')
  const first = offset ?? 1
  const chosen = lines.slice(first - 1, limit === null ? undefined : first - 1 + Math.max(0, limit))
  if (text === '') return { kind: 'file', path, text: EMPTY }
  if (chosen.length === 0) return { kind: 'file', path, text: shorterThan(first, lines.length) }
  const range = offset === null || limit === null ? {} : { offset, limit }
  if (isTooLong(chosen, options)) {
    if (chosen.length <= LINE_LIMIT) return null
    return { kind: 'file', path, text: `${chosen.slice(0, LINE_LIMIT).join('\n')}\n${truncatedNote(path)}`, ...range }
  }
  return { kind: 'file', path, text: chosen.join('\n'), ...range }
}

function isTooLong(lines: readonly string[], { maxTokens }: AttachOptions): boolean {
  // With line numbers, as the model receives them; four characters a token.
  const length = lines.reduce((sum, line, index) => sum + line.length + String(index + 1).length + 2, 0)
  return length / 4 > maxTokens
}

function truncatedNote(path: string): string {
  return `Note: The file ${path} was too large and has been truncated to the first ${LINE_LIMIT} lines. No need to mention the truncation. Use Read to read more of the file if you need.`
}

const EMPTY = '<system-reminder>Warning: the file exists but the contents are empty.</system-reminder>'

function shorterThan(offset: number, count: number): string {
  return `<system-reminder>Warning: the file exists but is shorter than the provided offset (${offset}). The file has ${count} lines.</system-reminder>`
}

function listDirectory(path: string): Attachment | null {
  let entries: Dirent[]
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch {
    return null
  }
  const names = entries.slice(0, ENTRY_LIMIT).map(({ name }) => name)
  if (entries.length > ENTRY_LIMIT) names.push(`… and ${entries.length - ENTRY_LIMIT} more entries`)
  return { kind: 'directory', path, entries: names }
}

function isPdf(path: string): boolean {
  return extname(path).toLowerCase() === '.pdf'
}
