import { readFileSync, statSync } from 'node:fs'
import type { CommandFile } from './discover-commands.js'
import { type CommandText, splitFrontMatter } from './front-matter.js'

/** The most a command file may be, in bytes. */
const SIZE_LIMIT = 2 * 1024 * 1024

/** A command file that was read. */
export interface Command extends CommandFile, CommandText {}

/** Reads a command file, or says in one sentence why it cannot be. */
export function readCommand(file: CommandFile): Command | { readonly problem: string } {
  try {
    const stats = statSync(file.path)
    if (!stats.isFile()) return { problem: `${file.path} is not a regular file.` }
    if (stats.size > SIZE_LIMIT) {
      const megabytes = (stats.size / 1024 / 1024).toFixed(1)
      return { problem: `${file.path} is ${megabytes} MB; a command file may have ${SIZE_LIMIT / 1024 / 1024} MB.` }
    }
    return { ...file, ...splitFrontMatter(readFileSync(file.path, 'utf8')) }
  } catch (error) {
    return { problem: `${file.path} could not be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).` }
  }
}

/** A command's description: its own, else the first line of its body (section 1.3). */
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
