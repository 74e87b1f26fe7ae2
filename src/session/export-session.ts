import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CodexPlusError } from '../errors.js'
import { threadFile } from '../prompt/thread-file.js'
import { type Conversation, readConversation } from './conversation.js'
import { toHtml } from './html.js'
import { toMarkdown } from './markdown.js'
import { readEntries } from './read-entries.js'

export const EXPORT_FORMATS = ['md', 'json', 'html'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** A conversation as the text of a file. */
export function renderSession(conversation: Conversation, format: ExportFormat): string {
  if (format === 'md') return toMarkdown(conversation)
  if (format === 'html') return toHtml(conversation)
  return `${JSON.stringify(conversation, null, 2)}\n`
}

/** Reads the conversation of a thread; throws CP_SESSION_NOT_FOUND where nothing of it was recorded. */
export function loadSession(folder: string, threadId: string): Conversation {
  let conversation: Conversation | null = null
  try {
    conversation = readConversation(readEntries(threadFile(folder, threadId)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(threadId, error)
  }
  if (conversation !== null) return conversation
  throw new CodexPlusError('CP_SESSION_NOT_FOUND', `nothing of thread ${threadId} was recorded.`, {
    hint: '`codex-plus sessions list` shows what was.',
  })
}

function unreadable(threadId: string, cause: unknown): CodexPlusError {
  const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new CodexPlusError('CP_SESSION_NOT_FOUND', `the record of thread ${threadId} cannot be read (${why}).`, {
    cause,
  })
}

export interface ExportOptions {
  /** Where sessions are kept. */
  readonly folder: string
  readonly thread: string
  /** A name for the files in `cwd`, or a path; an extension of one of the formats is taken off. Empty: a name is made. */
  readonly name: string
  readonly cwd: string
  readonly home: string
  readonly formats: readonly ExportFormat[]
}

/** Writes a thread into new files beside each other, and returns their paths. Nothing that is there is overwritten. */
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

/** Null where a file of that name is there. */
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

/** The day and the end of the id, which is what differs between threads of one day (UUIDv7). */
function defaultName({ started, thread }: Conversation): string {
  return `codex-session-${started.slice(0, 10)}-${thread.replace(/[^\w]/g, '').slice(-8)}`
}
