import { parseList } from './parse-script.js'
import { ahead, deeper, fail, type Scan, scanWithin } from './scan.js'
import type { Word, WordConstruct } from './script.js'

const BREAKS = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')'])
const VARIABLE = /[A-Za-z_]\w*|[0-9@*#?$!-]/y

type Draft = Omit<Word, 'raw' | 'brace' | 'glob' | 'tilde'> & { shape: string }

/** Reads the word at the position; undefined when none stands there. */
export function parseWord(scan: Scan): Word | undefined {
  const start = scan.at
  const draft: Draft = { text: '', parts: [], quoted: false, constructs: [], shape: '' }
  while (scan.at < scan.text.length) {
    const char = scan.text[scan.at] as string
    if ((char === '<' || char === '>') && scan.text[scan.at + 1] === '(') {
      scan.at++
      substitution(scan, draft, 'process substitution', char)
    } else if (BREAKS.has(char)) break
    else if (char === "'") singleQuoted(scan, draft)
    else if (char === '"') doubleQuoted(scan, draft)
    else if (char === '\\') escaped(scan, draft)
    else if (char === '`') backticks(scan, draft)
    else if (char === '$') dollar(scan, draft, false)
    else {
      put(draft, char, char)
      scan.at++
    }
  }
  if (scan.at === start) return undefined
  const { shape, ...word } = draft
  const raw = scan.text.slice(start, scan.at)
  return { ...word, raw, brace: isBrace(shape), glob: /[*?[]/.test(shape), tilde: shape.startsWith('~') }
}

/** Notes the commands that the expansions of `text` (an unquoted heredoc) would run. */
export function parseExpansions(scan: Scan, text: string): void {
  const inner = scanWithin(scan, text)
  const draft: Draft = { text: '', parts: [], quoted: true, constructs: [], shape: '' }
  while (inner.at < inner.text.length) {
    const char = inner.text[inner.at]
    if (char === '\\') inner.at += 2
    else if (char === '`') backticks(inner, draft)
    else if (char === '$') dollar(inner, draft, true)
    else inner.at++
  }
}

/** `shape` is the word with everything quoted made harmless: what globs, braces and tildes are seen in. */
function put(draft: Draft, text: string, shape: string): void {
  draft.text += text
  draft.shape += shape
  const last = draft.parts.length - 1
  if (typeof draft.parts[last] === 'string') draft.parts[last] += text
  else draft.parts.push(text)
}

function singleQuoted(scan: Scan, draft: Draft): void {
  const close = scan.text.indexOf("'", scan.at + 1)
  if (close < 0) {
    fail(scan, 'a single quote is not closed')
    return
  }
  put(draft, scan.text.slice(scan.at + 1, close), '-')
  draft.quoted = true
  scan.at = close + 1
}

function doubleQuoted(scan: Scan, draft: Draft): void {
  scan.at++
  draft.quoted = true
  put(draft, '', '-')
  while (scan.at < scan.text.length) {
    const char = scan.text[scan.at] as string
    if (char === '"') {
      scan.at++
      return
    }
    if (char === '\\' && /[$`"\\\n]/.test(scan.text[scan.at + 1] ?? '')) {
      if (scan.text[scan.at + 1] !== '\n') put(draft, scan.text[scan.at + 1] as string, '-')
      scan.at += 2
    } else if (char === '`') backticks(scan, draft)
    else if (char === '$') dollar(scan, draft, true)
    else {
      put(draft, char, '-')
      scan.at++
    }
  }
  fail(scan, 'a double quote is not closed')
}

function escaped(scan: Scan, draft: Draft): void {
  const next = scan.text[scan.at + 1]
  if (next === undefined) put(draft, '\\', '-')
  else if (next !== '\n') {
    put(draft, next, '-')
    draft.quoted = true
  }
  scan.at = Math.min(scan.at + 2, scan.text.length)
}

function dollar(scan: Scan, draft: Draft, quoted: boolean): void {
  const next = scan.text[scan.at + 1]
  if (ahead(scan, '$((')) {
    // Whether it is arithmetic or a subshell in a substitution, a command may hide in it.
    construct(scan, draft, 'arithmetic expansion')
    scan.at++
    substitution(scan, draft, 'command substitution', '$')
  } else if (next === '(') {
    scan.at++
    substitution(scan, draft, 'command substitution', '$')
  } else if (next === '{') parameter(scan, draft)
  else if (!quoted && next === "'") {
    construct(scan, draft, 'ansi-c string')
    scan.at += 2
    const start = scan.at
    while (scan.at < scan.text.length && scan.text[scan.at] !== "'") scan.at += scan.text[scan.at] === '\\' ? 2 : 1
    if (scan.at >= scan.text.length) {
      fail(scan, 'a single quote is not closed')
      return
    }
    put(draft, scan.text.slice(start, scan.at), '-')
    scan.at++
  } else if (!quoted && next === '"') {
    construct(scan, draft, 'ansi-c string')
    scan.at++
  } else {
    VARIABLE.lastIndex = scan.at + 1
    const name = VARIABLE.exec(scan.text)?.[0]
    if (name === undefined) put(draft, '$', '$')
    else {
      draft.parts.push({ variable: name })
      draft.text += `$${name}`
      draft.shape += '-'
    }
    scan.at += 1 + (name?.length ?? 0)
  }
}

function parameter(scan: Scan, draft: Draft): void {
  construct(scan, draft, 'parameter expansion')
  const start = scan.at
  scan.at += 2
  deeper(scan, () => {
    const inside: Draft = { text: '', parts: [], quoted: false, constructs: [], shape: '' }
    while (scan.at < scan.text.length) {
      const char = scan.text[scan.at]
      if (char === '}') {
        scan.at++
        draft.constructs.push(...inside.constructs)
        put(draft, scan.text.slice(start, scan.at), '-')
        return
      }
      if (char === '\\') scan.at += 2
      else if (char === "'") singleQuoted(scan, inside)
      else if (char === '"') doubleQuoted(scan, inside)
      else if (char === '`') backticks(scan, inside)
      else if (char === '$') dollar(scan, inside, true)
      else scan.at++
    }
    fail(scan, 'a ${ is not closed')
  })
}

/** At the parenthesis of `$(`, `<(` or `>(`. */
function substitution(scan: Scan, draft: Draft, kind: WordConstruct, mark: string): void {
  construct(scan, draft, kind)
  const start = scan.at
  scan.at++
  scan.nested++
  deeper(scan, () => {
    parseList(scan, [')'])
    if (scan.text[scan.at] === ')') scan.at++
    else fail(scan, 'a parenthesis is not closed')
  })
  scan.nested--
  put(draft, mark + scan.text.slice(start, scan.at), '-')
}

function backticks(scan: Scan, draft: Draft): void {
  construct(scan, draft, 'command substitution')
  const start = scan.at
  scan.at++
  let inner = ''
  while (scan.at < scan.text.length && scan.text[scan.at] !== '`') {
    if (scan.text[scan.at] === '\\' && /[$`\\]/.test(scan.text[scan.at + 1] ?? '')) scan.at++
    inner += scan.text[scan.at] ?? ''
    scan.at++
  }
  if (scan.at >= scan.text.length) {
    fail(scan, 'a backtick is not closed')
    return
  }
  scan.at++
  deeper(scan, () => {
    const within = scanWithin(scan, inner)
    parseList(within, [])
    if (within.at < within.text.length) fail(within, 'a substitution is not understood')
  })
  put(draft, scan.text.slice(start, scan.at), '-')
}

function construct(scan: Scan, draft: Draft, kind: WordConstruct): void {
  draft.constructs.push(kind)
  scan.script.constructs.add(kind)
}

function isBrace(shape: string): boolean {
  const inside = shape.slice(shape.indexOf('{') + 1, shape.lastIndexOf('}'))
  return shape.includes('{') && shape.includes('}') && (inside.includes(',') || inside.includes('..'))
}
