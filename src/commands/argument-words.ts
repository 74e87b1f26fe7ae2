/** Words that open a compound command; they are skipped in front of the first simple command. */
const COMPOUND_WORDS = /(?:if|then|elif|else|fi|do|done|while|until|!|\{|\})(?=\s|$)/y
const FUNCTION = /function\s+[\w-]+\s*\(\s*\)/y
const FOR_LOOP = /(?:for|select)\s+\w+\s+in\s[^;\n]*[;\n]\s*do(?=\s)/y
const FOR_NAME = /(?:for|select)\s+\w+(?=\s|$)/y
const DESCRIPTOR = /\d+(?=[<>])/y
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/
const PURE_EXPANSION = /^\$(?:\w+|[@*#?$!-]|\{[^{}]*\})$/
const DECLARATIONS = new Set(['export', 'declare', 'typeset', 'readonly', 'local'])
const NAME = /^[A-Za-z_]\w*(?:=|$)/

/**
 * Returns the words that `$0`, `$1`, … stand for: the words of the first simple command when the arguments are read as
 * bash, or, without one, the arguments split at white space (rows in `test/commands/oracle/argument-words.json`).
 */
export function argumentWords(args: string): string[] {
  const words = firstCommand(args)
  return words.length > 0 ? words : args.split(/\s+/).filter((word) => word !== '')
}

function firstCommand(text: string): string[] {
  let at = 0
  while (at < text.length) {
    const char = text[at] as string
    if (/[\s;&|()]/.test(char)) at++
    else if (char === '#') at = lineEnd(text, at)
    else if (char === '<' || char === '>') at = readWord(text, skipBlanks(text, skipRedirection(text, at))).end
    else if (char === '[') at = testEnd(text, at)
    else if (char === '`' && at === 0) at++
    else {
      const skipped =
        match(FUNCTION, text, at) ??
        match(FOR_LOOP, text, at) ??
        match(FOR_NAME, text, at) ??
        match(COMPOUND_WORDS, text, at)
      if (skipped === undefined) {
        const command = simpleCommand(text, at)
        if (command.words.length > 0 || command.ended) return command.words
        at = Math.max(command.end, at + 1)
      } else at += skipped.length
    }
  }
  return []
}

/** Reads one simple command from `start`; `ended` when a redirection or a substitution ends its list of words. */
function simpleCommand(text: string, start: number): { words: string[]; end: number; ended: boolean } {
  const words: string[] = []
  let at = start
  for (;;) {
    at = skipBlanks(text, at)
    const char = text[at]
    if (char === undefined || char === '#' || /[;&|)\n]/.test(char)) return { words, end: at, ended: false }
    if (char === '<' || char === '>' || match(DESCRIPTOR, text, at)) return { words, end: at, ended: true }
    if (char === '(') {
      at = groupEnd(text, at)
      continue
    }
    const from = at
    const word = readWord(text, at)
    at = Math.max(word.end, from + 1)
    const raw = text.slice(from, word.end)
    const first = words.length === 0
    if (first && ASSIGNMENT.test(raw)) continue
    if (word.substitution) {
      // The command inside a leading backtick: its only word keeps the backtick that closes it.
      if (first && start > 0 && text[start - 1] === '`') words.push(/^\S*/.exec(text.slice(from))?.[0] ?? '')
      return { words, end: at, ended: true }
    }
    if (word.arithmetic) continue
    // A word directly followed by a parenthesis is not an argument; as the command name it is kept, without the
    // parenthesis.
    const called = text[at] === '('
    if (called) at = groupEnd(text, at)
    if (word.empty || (called && !first)) continue
    if (!first && (PURE_EXPANSION.test(raw) || (raw === '=' && text[at] === '>'))) continue
    if (!first && DECLARATIONS.has(words[0] as string) && NAME.test(raw)) continue
    words.push(word.text)
    if (word.unclosed) return { words, end: at, ended: true }
  }
}

interface ArgumentWord {
  readonly text: string
  readonly end: number
  readonly substitution: boolean
  /** `$((…))`, which stands for a number and is no word. */
  readonly arithmetic?: boolean
  readonly unclosed: boolean
  readonly empty: boolean
}

function readWord(text: string, start: number): ArgumentWord {
  let value = ''
  let at = start
  let quoted = false
  let substitution = false
  // A word that starts with a brace is kept as written, quotes included.
  const raw = text[start] === '{'
  while (at < text.length) {
    const char = text[at] as string
    if (/[\s;&|<>()]/.test(char)) break
    if (raw) {
      value += char
      at++
    } else if (char === "'" || char === '"') {
      const close = char === "'" ? text.indexOf("'", at + 1) : doubleQuoteEnd(text, at + 1)
      if (close < 0) {
        const end = lineEnd(text, at)
        return { text: value + text.slice(at, end), end, substitution, unclosed: true, empty: false }
      }
      const inner = text.slice(at + 1, close)
      substitution ||= char === '"' && /\$\(/.test(inner)
      value += inner
      quoted = true
      at = close + 1
    } else if (char === '\\') {
      if (text[at + 1] !== '\n') value += text[at + 1] ?? ''
      at += 2
    } else if (char === '$' && text[at + 1] === "'") {
      // An ANSI-C quoted word stays as written.
      const close = ansiQuoteEnd(text, at + 2)
      const end = close < 0 ? text.length : close + 1
      value += text.slice(at, end)
      quoted = true
      at = end
    } else if (char === '$' && text.startsWith('((', at + 1)) {
      const end = groupEnd(text, at + 1)
      return { text: value, end, substitution: false, arithmetic: true, unclosed: false, empty: true }
    } else if (char === '`' || (char === '$' && text[at + 1] === '(')) {
      return { text: value, end: text.length, substitution: true, unclosed: false, empty: false }
    } else if (char === '$' && text[at + 1] === '{') {
      const close = text.indexOf('}', at)
      const end = close < 0 ? text.length : close + 1
      value += text.slice(at, end)
      at = end
    } else {
      value += char
      at++
    }
  }
  const end = Math.min(at, text.length)
  return { text: value, end, substitution, unclosed: false, empty: value === '' && !quoted }
}

function doubleQuoteEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return -1
}

function ansiQuoteEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === "'") return at
  }
  return -1
}

/** Returns the end of the group that opens at `start`, or of the text when the group is not closed. */
function groupEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at + 1
  }
  return text.length
}

/**
 * Returns the end of a `[…]` test, which is not a simple command; the end of the text when the bracket is not closed.
 */
function testEnd(text: string, start: number): number {
  const double = text[start + 1] === '['
  const close = text.indexOf(double ? ']]' : ']', start + 1)
  return close < 0 ? text.length : close + (double ? 2 : 1)
}

function skipRedirection(text: string, start: number): number {
  let at = start
  while (at < text.length && /[<>&|]/.test(text[at] as string)) at++
  return at
}

function skipBlanks(text: string, start: number): number {
  let at = start
  for (;;) {
    if (/[ \t\r\f\v]/.test(text[at] ?? '')) at++
    else if (text[at] === '\\' && text[at + 1] === '\n') at += 2
    else return at
  }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
