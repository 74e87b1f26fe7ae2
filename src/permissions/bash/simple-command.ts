import { atRedirection, parseRedirection } from './redirection.js'
import { fail, keep, type Scan, skipBlanks } from './scan.js'
import type { Assignment, Redirection, Word } from './script.js'
import { parseWord } from './word.js'

const ASSIGNMENT = /^([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=/

/** Reads one simple command: assignments, words and redirections in any order bash allows. */
export function parseSimple(scan: Scan): void {
  const start = scan.at
  let end = start
  const words: Word[] = []
  const assignments: Assignment[] = []
  const redirections: Redirection[] = []
  while (scan.at < scan.text.length) {
    const before = scan.at
    if (atRedirection(scan)) {
      const redirection = parseRedirection(scan)
      if (redirection) redirections.push(redirection)
    } else {
      const word = parseWord(scan)
      if (word === undefined) break
      const name = words.length === 0 ? ASSIGNMENT.exec(word.raw)?.[1] : undefined
      if (name === undefined) words.push(word)
      else assignments.push({ name, raw: word.raw, value: word })
      if (scan.text[scan.at] === '(') {
        end = scan.at
        fail(scan, name === undefined ? 'a parenthesis is not expected here' : 'arrays are not understood')
        break
      }
    }
    end = scan.at
    skipBlanks(scan)
    if (scan.at === before) break
  }
  if (end > start) keep(scan, { words, assignments, redirections, raw: scan.text.slice(start, end) })
}
