import { parseCompound, passPrefixes } from './compound.js'
import { parseHeredocs } from './redirection.js'
import { ahead, fail, type Scan, scanOf, skipBlanks } from './scan.js'
import type { Script } from './script.js'
import { parseSimple } from './simple-command.js'

/** Reads a bash command line; never throws, what is wrong with it is in `error` and what was read before stays. */
export function parseScript(text: string): Script {
  const scan = scanOf(text)
  parseList(scan, [])
  if (scan.at < text.length) fail(scan, `'${scan.text[scan.at]}' is not expected here`)
  if (scan.heredocs.length > 0) fail(scan, 'a heredoc has no body')
  return scan.script
}

/** Reads commands up to one of `stops` (`)` or reserved words), which is left for the caller. */
export function parseList(scan: Scan, stops: string[]): void {
  let needed: string | undefined
  while (scan.at < scan.text.length) {
    skipBlanks(scan)
    if (scan.text[scan.at] === '\n') {
      newline(scan)
      continue
    }
    if (scan.at >= scan.text.length || stops.some((stop) => reserved(scan, stop))) break
    const start = scan.at
    passPrefixes(scan)
    if (!parseCompound(scan)) parseSimple(scan)
    if (scan.at === start) {
      fail(scan, `'${scan.text[scan.at]}' is not expected here`)
      return
    }
    skipBlanks(scan)
    needed = separator(scan)
    if (needed === 'none') break
  }
  if (needed === '&&' || needed === '||' || needed === '|') fail(scan, `a command is missing after '${needed}'`)
}

/** Whether the reserved word (or the parenthesis) stands at the position as a word of its own. */
export function reserved(scan: Scan, word: string): boolean {
  if (!ahead(scan, word)) return false
  return word === ')' || word === ';;' || /^[\s;&|<>()]?$/.test(scan.text[scan.at + word.length] ?? '')
}

/** Passes the end of a line and the heredoc bodies that follow it. */
export function newline(scan: Scan): void {
  scan.at++
  if (scan.heredocs.length > 0) parseHeredocs(scan)
}

function separator(scan: Scan): string {
  for (const operator of ['&&', '||', '|&', ';', '|', '&', '\n']) {
    if (!ahead(scan, operator)) continue
    if (ahead(scan, ';;')) return 'none'
    if (operator === '\n') newline(scan)
    else scan.at += operator.length
    if (operator === '&') scan.script.constructs.add('background')
    scan.script.separators.push(operator)
    return operator === '|&' ? '|' : operator
  }
  return 'none'
}
