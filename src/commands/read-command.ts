import { readFileSync, statSync } from 'node:fs'
import { digestOf } from '../config/confirmed-files.js'
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
}

/** Reads a command file, or returns in one sentence why it cannot be read. */
export function readCommand(file: CommandFile): Command | { readonly problem: string } {
  try {
    const stats = statSync(file.path)
    if (!stats.isFile()) return { problem: `${file.path} is not a regular file.` }
    if (stats.size > SIZE_LIMIT) {
      const megabytes = (stats.size / 1024 / 1024).toFixed(1)
      return {
        problem: `${file.path} is ${megabytes} MB; the limit for a command file is ${SIZE_LIMIT / 1024 / 1024} MB.`,
      }
    }
    const bytes = readFileSync(file.path)
    return { ...file, ...splitFrontMatter(bytes.toString('utf8')), digest: digestOf(bytes) }
  } catch (error) {
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
