import { digestOf } from '../config/confirmed-files.js'
import { FileTooLarge, readText } from '../config/text-file.js'
import type { CommandFile } from './discover-commands.js'
import { type CommandText, readBoolean, splitFrontMatter } from './front-matter.js'

/** Maximum size of a command file, in bytes. */
const SIZE_LIMIT = 2 * 1024 * 1024

/** A command file with its text. */
export interface Command extends CommandFile, CommandText {
  /** The hash of the file's bytes; empty for a command without a file. */
  readonly digest: string
  /** Whether its shell blocks and hooks do not run, because the model may have written the file (config/confirmed-files.ts). */
  readonly held?: boolean
  /** Whether some characters of the file could not be read. */
  readonly garbled?: boolean
}

/** Reads a command file, or returns in one sentence why it cannot be read. */
export function readCommand(file: CommandFile): Command | { readonly problem: string } {
  try {
    const { text, bytes, marked, garbled } = readText(file.path, { limit: SIZE_LIMIT })
    // Without metadata the mark stays in the text, as in Claude Code.
    const parts = splitFrontMatter(marked ? `\ufeff${text}` : text)
    return { ...file, ...parts, digest: digestOf(bytes), ...(garbled && { garbled }) }
  } catch (error) {
    if (error instanceof FileTooLarge) {
      return { problem: `${file.path} is ${error.size} MB; the limit for a command file is ${error.limit} MB.` }
    }
    return { problem: `${file.path} could not be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).` }
  }
}

/** Whether a user may type a command: any `user-invocable` but yes, on, 1 or true reserves it for the model. */
export function isUserInvocable({ frontMatter }: CommandText): boolean {
  const value = frontMatter['user-invocable']
  return value === undefined || value === null || readBoolean(value) === true
}

/** Returns a command's `description`, or else the first line of its body (claude-code-2.1 section 1.3). */
export function describeCommand({ frontMatter, body }: CommandText): string {
  const own = frontMatter.description
  if (typeof own === 'string' || typeof own === 'number' || typeof own === 'boolean') {
    const when = frontMatter.when_to_use
    return typeof when === 'string' ? `${own} - ${when}` : String(own)
  }
  const line = body.split('\n').find((candidate) => candidate.trim() !== '')
  if (line === undefined) return 'Custom command'
  const text = line.trim().replace(/^#+\s*/, '')
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}
