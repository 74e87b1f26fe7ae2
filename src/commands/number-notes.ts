import { countedNumbers, numberedFile } from './counted-numbers.js'
import type { Command } from './read-command.js'
import { countingOf } from './substitute-arguments.js'

/**
 * Describes each `$N` of a command in the order of the text: which word of the arguments it is, or that it stays as
 * written. Empty for a command without any.
 */
export function numberNotes(command: Command, dialect: 'auto' | 'claude'): string[] {
  const { body, bodyLine } = command
  const counts = dialect === 'claude' ? () => true : countedNumbers(body, numberedFile(command))
  const shift = dialect === 'claude' || countingOf(body) === 'from-zero' ? 1 : 0
  // An escaped `\$1` is no placeholder; `\\$1` is one.
  return [...body.matchAll(/(?<!(?<!\\)\\)\$(\d+)(?!\w)/g)].map(({ 0: found, 1: number, index }) => {
    const place = `line ${bodyLine + body.slice(0, index).split('\n').length - 1}: ${found}`
    return counts(index) ? `${place} is word ${Number(number) + shift}` : `${place} stays as written`
  })
}
