import { fail, type Scan, skipBlanks } from './scan.js'
import type { Redirection } from './script.js'
import { parseExpansions, parseWord } from './word.js'

const REDIRECTION = /(\d+|\{[A-Za-z_]\w*\})?(<<<|<<-|<<|<>|<&|<|>>|>&|>\||>|&>>|&>)/y

/** Whether a redirection starts at the position. */
export function atRedirection(scan: Scan): boolean {
  REDIRECTION.lastIndex = scan.at
  const found = REDIRECTION.exec(scan.text)
  // `<(` and `>(` are process substitutions: words.
  return found !== null && !(/^[<>]$/.test(found[0]) && scan.text[scan.at + 1] === '(')
}

/** Reads a redirection with its target; a heredoc's body is read at the end of the line. */
export function parseRedirection(scan: Scan): Redirection | undefined {
  REDIRECTION.lastIndex = scan.at
  const found = REDIRECTION.exec(scan.text)
  if (!found) return undefined
  const operator = found[2] as string
  scan.at += found[0].length
  skipBlanks(scan)
  const target = parseWord(scan)
  if (!target) {
    fail(scan, `'${operator}' has no target`)
    return undefined
  }
  if (operator === '<<<') scan.script.constructs.add('here string')
  if (operator === '<<' || operator === '<<-') {
    scan.script.constructs.add('heredoc')
    scan.heredocs.push({ delimiter: target.text, quoted: target.quoted, indented: operator === '<<-' })
  }
  return { operator, descriptor: found[1], target }
}

/** Passes the bodies of the heredocs begun on the line before; an unquoted one may run commands. */
export function parseHeredocs(scan: Scan): void {
  const pending = scan.heredocs.splice(0)
  for (const { delimiter, quoted, indented } of pending) {
    const start = scan.at
    let body = scan.text.length
    let closed = false
    while (scan.at < scan.text.length && !closed) {
      const end = scan.text.indexOf('\n', scan.at)
      const line = scan.text.slice(scan.at, end < 0 ? scan.text.length : end)
      body = scan.at
      scan.at = end < 0 ? scan.text.length : end + 1
      closed = (indented ? line.replace(/^\t+/, '') : line) === delimiter
    }
    const text = scan.text.slice(start, closed ? body : scan.text.length)
    if (!quoted) parseExpansions(scan, text)
    if (!closed) {
      fail(scan, `the heredoc '${delimiter}' is not closed`)
      return
    }
  }
}
