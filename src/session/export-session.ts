import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CodexPlusError } from '../errors.js'
import { redactValue } from '../log/redact.js'
import { threadFile } from '../prompt/thread-file.js'
import { type Conversation, readConversation } from './conversation.js'
import { toHtml } from './html.js'
import { toMarkdown } from './markdown.js'
import { readEntries } from './read-entries.js'

export const EXPORT_FORMATS = ['md', 'json', 'html'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Formats a conversation as the text of a file. */
export function renderSession(recorded: Conversation, format: ExportFormat): string {
  // An older version may have recorded what this one leaves out.
  const conversation = redactValue(recorded) as Conversation
  if (format === 'md') return toMarkdown(conversation)
  if (format === 'html') return toHtml(conversation)
  return `${JSON.stringify(conversation, null, 2)}\n`
}

/** Reads the conversation of a thread. Throws CP_SESSION_NOT_FOUND when it was not recorded or cannot be read. */
export function loadSession(folder: string, threadId: string): Conversation {
  let conversation: Conversation | null = null
  try {
    conversation = readConversation(readEntries(threadFile(folder, threadId)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(threadId, error)
  }
  if (conversation !== null) return conversation
  throw new CodexPlusError('CP_SESSION_NOT_FOUND', `thread ${threadId} was not recorded.`, {
    hint: '`codex-plus sessions list` shows the recorded sessions.',
  })
}

function unreadable(threadId: string, cause: unknown): CodexPlusError {
  const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new CodexPlusError('CP_SESSION_NOT_FOUND', `the record of thread ${threadId} cannot be read (${why}).`, {
    cause,
  })
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
