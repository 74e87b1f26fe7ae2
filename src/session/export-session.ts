import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CodexPlusError } from '../errors.js'
import { redactValue } from '../log/redact.js'
import type { Conversation } from './conversation.js'
import type { ExportFormat } from './export-format.js'
import { toHtml } from './html-export.js'
import { loadSession } from './load-session.js'
import { toMarkdown } from './markdown-export.js'

/** Formats a conversation as the text of a file. */
export function renderSession(recorded: Conversation, format: ExportFormat): string {
  // An older version may have recorded what this one leaves out.
  const conversation = redactValue(recorded) as Conversation
  if (format === 'md') return toMarkdown(conversation)
  if (format === 'html') return toHtml(conversation)
  return `${JSON.stringify(conversation, null, 2)}\n`
}

export interface ExportOptions {
  /** The folder of the recorded sessions. */
  readonly folder: string
  readonly thread: string
  /** A file name in `cwd`, or a path; an extension of one of the formats is removed. Empty: a name is generated. */
  readonly name: string
  readonly cwd: string
  readonly home: string
  readonly formats: readonly ExportFormat[]
}

/** Exports a thread to one new file per format and returns their paths. Existing files are never overwritten. */
export function exportSession({ folder, thread, name, cwd, home, formats }: ExportOptions): string[] {
  const conversation = loadSession(folder, thread)
  const given = name.replace(/^~(?=\/|$)/, home).replace(/\.(md|json|html)$/, '')
  const isFolder = given === '' || given.endsWith('/')
  const wanted = resolve(cwd, isFolder ? join(given, defaultName(conversation)) : given)
  for (let number = 1; ; number += 1) {
    const base = number === 1 ? wanted : join(dirname(wanted), `${basename(wanted)}-${number}`)
    const files = writeAll(base, formats, conversation)
    if (files !== null) return files
  }
}

/** Writes one file per format; returns null when one of them already exists. Throws CP_SESSION_EXPORT. */
function writeAll(base: string, formats: readonly ExportFormat[], conversation: Conversation): string[] | null {
  const files = formats.map((format) => `${base}.${format}`)
  if (files.some((file) => existsSync(file))) return null
  try {
    mkdirSync(dirname(base), { recursive: true })
    for (const [index, file] of files.entries()) {
      writeFileSync(file, renderSession(conversation, formats[index] ?? 'md'), { flag: 'wx', mode: 0o600 })
    }
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new CodexPlusError('CP_SESSION_EXPORT', `${base}.* cannot be written (${why}).`, { cause: error })
  }
  return files
}

/** Builds a name from the day and the end of the id, where the ids of one day differ (UUIDv7). */
function defaultName({ started, thread }: Conversation): string {
  return `codex-session-${started.slice(0, 10)}-${thread.replace(/[^\w]/g, '').slice(-8)}`
}
