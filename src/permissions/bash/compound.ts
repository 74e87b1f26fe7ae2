import { newline, parseList, reserved } from './parse-script.js'
import { atRedirection, parseRedirection } from './redirection.js'
import { ahead, deeper, fail, keep, type Scan, skipBlanks } from './scan.js'
import type { Construct, Redirection } from './script.js'
import { parseWord } from './word.js'

const FUNCTION = /(?:function[ \t]+[^\s;&|<>()]+[ \t]*(?:\([ \t]*\))?|[^\s;&|<>()$`'"\\=]+[ \t]*\([ \t]*\))\s*/y
const MISPLACED = ['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}']

/** Passes `!` and `coproc` in front of a command. */
export function passPrefixes(scan: Scan): void {
  for (const [word, kind] of [
    ['!', 'negation'],
    ['coproc', 'coproc'],
    ['!', 'negation'],
  ] as const) {
    if (!reserved(scan, word)) continue
    scan.script.constructs.add(kind)
    scan.at += word.length
    skipBlanks(scan)
  }
}

/** Reads a compound command at the position; false when a simple command stands there. */
export function parseCompound(scan: Scan): boolean {
  if (ahead(scan, '((')) return opaque(scan, 'arithmetic', '))')
  if (ahead(scan, '(')) return nest(scan, 'subshell', 1, () => body(scan, ')'))
  if (reserved(scan, '{')) return nest(scan, 'group', 1, () => body(scan, '}'))
  if (reserved(scan, '[[')) return opaque(scan, 'conditional expression', ']]')
  if (reserved(scan, 'if')) return nest(scan, 'if', 2, () => conditional(scan))
  for (const word of ['while', 'until']) {
    if (reserved(scan, word)) return nest(scan, 'while', word.length, () => body(scan, 'do') && body(scan, 'done'))
  }
  if (reserved(scan, 'for')) return nest(scan, 'for', 3, () => loop(scan))
  if (reserved(scan, 'select')) return nest(scan, 'select', 6, () => loop(scan))
  if (reserved(scan, 'case')) return opaque(scan, 'case', 'esac')
  FUNCTION.lastIndex = scan.at
  const header = FUNCTION.exec(scan.text)
  if (header) return definition(scan, header[0].length)
  const misplaced = MISPLACED.find((word) => reserved(scan, word))
  if (misplaced) fail(scan, `'${misplaced}' is not expected here`)
  return misplaced !== undefined
}

function nest(scan: Scan, kind: Construct, length: number, step: () => unknown): boolean {
  scan.script.constructs.add(kind)
  scan.at += length
  deeper(scan, step)
  redirections(scan)
  return true
}

/** Commands up to `close`, which is passed. */
function body(scan: Scan, close: string): boolean {
  parseList(scan, [close])
  if (!reserved(scan, close)) {
    fail(scan, `'${close}' is missing`)
    return false
  }
  scan.at += close.length
  return true
}

function conditional(scan: Scan): void {
  if (!body(scan, 'then')) return
  while (scan.at < scan.text.length) {
    parseList(scan, ['elif', 'else', 'fi'])
    if (reserved(scan, 'elif')) {
      scan.at += 4
      if (!body(scan, 'then')) return
    } else if (reserved(scan, 'else')) {
      scan.at += 4
      body(scan, 'fi')
      return
    } else if (reserved(scan, 'fi')) {
      scan.at += 2
      return
    } else break
  }
  fail(scan, "'fi' is missing")
}

function loop(scan: Scan): void {
  skipBlanks(scan)
  if (ahead(scan, '((')) {
    opaque(scan, 'arithmetic', '))')
  } else if (!parseWord(scan)) {
    fail(scan, "a name is missing after 'for'")
    return
  }
  skipLines(scan)
  if (reserved(scan, 'in')) {
    scan.at += 2
    skipBlanks(scan)
    while (parseWord(scan)) skipBlanks(scan)
  }
  skipLines(scan)
  if (!reserved(scan, 'do')) {
    fail(scan, "'do' is missing")
    return
  }
  scan.at += 2
  body(scan, 'done')
}

function skipLines(scan: Scan): void {
  for (;;) {
    skipBlanks(scan)
    if (scan.text[scan.at] === '\n') newline(scan)
    else if (scan.text[scan.at] === ';' && !ahead(scan, ';;')) scan.at++
    else return
  }
}

function definition(scan: Scan, length: number): boolean {
  scan.nested++
  nest(scan, 'function', length, () => {
    if (!parseCompound(scan)) fail(scan, 'a function has no body')
  })
  scan.nested--
  return true
}

/** What is not taken apart: its words are read (a substitution in it is noted) up to `close`. */
function opaque(scan: Scan, kind: Construct, close: string): boolean {
  scan.script.constructs.add(kind)
  scan.at += close.length
  while (scan.at < scan.text.length) {
    if (ahead(scan, close)) {
      scan.at += close.length
      redirections(scan)
      return true
    }
    const before = scan.at
    skipBlanks(scan)
    if (scan.at === before && !parseWordBefore(scan, close)) scan.at++
  }
  fail(scan, `'${close}' is missing`)
  return true
}

function parseWordBefore(scan: Scan, close: string): boolean {
  return !ahead(scan, close) && parseWord(scan) !== undefined
}

function redirections(scan: Scan): void {
  const start = scan.at
  const found: Redirection[] = []
  skipBlanks(scan)
  while (atRedirection(scan)) {
    const redirection = parseRedirection(scan)
    if (redirection) found.push(redirection)
    skipBlanks(scan)
  }
  // The redirections of a whole compound stand as a command without words.
  if (found.length > 0) {
    keep(scan, { words: [], assignments: [], redirections: found, raw: scan.text.slice(start, scan.at).trim() })
  }
}
