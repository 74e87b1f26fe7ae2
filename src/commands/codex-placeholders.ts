import { CodexPlusError } from '../errors.js'
import { markValue } from './argument-marks.js'
import { checkExpandedLength, neutralise } from './substitute-arguments.js'

/** `$$`, `$NAME`, `$ARGUMENTS` and `$1` to `$9`; a name has upper-case letters. */
const PLACEHOLDER = /\$(?:\$|([A-Z][A-Z0-9_]*)|([1-9]))/g
/** `KEY=value`, one after the other. */
const VALUES = /^(?:\s*[^\s="']+=(?:"(?:\\[\s\S]|[^"\\])*"|'[^']*'|\\[\s\S]|[^\s"'\\])*(?=\s|$))*/

/**
 * Substitutes the arguments into the body of a prompt file of codex, as codex did until 0.116
 * (https://developers.openai.com/codex/custom-prompts): `KEY=value` for `$KEY`, words for `$1` to `$9`, all of them for
 * `$ARGUMENTS`, `$` for `$$`. A body without a place for the arguments gets them appended, as every command. The values are
 * marked; pass the text to `unmark`. `typed` is the command as typed, for messages. Throws CP_COMMAND_ARGUMENTS if a named
 * value is missing or a word has no place, and CP_COMMAND_TOO_LARGE.
 */
export function substitutePlaceholders(body: string, args: string, typed: string): string {
  const { names, takesWords } = placesIn(body)
  const named = names.length > 0
  // What follows the values on a line of its own is a text, such as input that was piped into `exec`.
  const head = named && !takesWords ? (VALUES.exec(args)?.[0] ?? '') : args
  const [, stray, text = ''] = /^[^\S\n]*(\S+)?([\s\S]*)$/.exec(args.slice(head.length)) ?? []
  const words = shellWords(head)
  const values = new Map<string, string>()
  const positional: string[] = []
  for (const word of words) {
    const [, key, value] = (named && /^([^=\s]+)=([\s\S]*)$/.exec(word)) || []
    if (key === undefined || value === undefined) positional.push(word)
    else values.set(key, value)
  }
  const missing = names.filter((name) => !values.has(name))
  if (missing.length > 0) {
    throw new CodexPlusError('CP_COMMAND_ARGUMENTS', `${typed} needs a value for ${missing.join(', ')}.`, {
      hint: `Write ${typed} ${missing.map((name) => `${name}="..."`).join(' ')}`,
    })
  }
  if (stray !== undefined) {
    throw new CodexPlusError('CP_COMMAND_ARGUMENTS', `${typed} has no place for '${stray}'.`, {
      hint: `It takes ${names.map((name) => `${name}=value`).join(', ')}; put a value with blanks in double quotes.`,
    })
  }
  let length = body.length
  const put = (value = ''): string => {
    length += value.length
    checkExpandedLength(length)
    return markValue(neutralise(value))
  }
  const filled = body.replace(PLACEHOLDER, (whole, name?: string, digit?: string) => {
    if (digit !== undefined) return put(positional[Number(digit) - 1])
    if (name === undefined) return '$'
    if (name === 'ARGUMENTS' && !values.has(name)) return put(words.join(' '))
    return values.has(name) ? put(values.get(name)) : whole
  })
  const left = named || takesWords ? text.trim() : args
  return left === '' ? filled : `${filled}\n\nARGUMENTS: ${put(left)}`
}

/** The names that need a value, in the order of the body, and whether it has places for words. */
function placesIn(body: string): { names: string[]; takesWords: boolean } {
  const names = new Set<string>()
  let takesWords = false
  for (const [, name, digit] of body.matchAll(PLACEHOLDER)) {
    if (digit !== undefined || name === 'ARGUMENTS') takesWords = true
    else if (name !== undefined) names.add(name)
  }
  return { names: [...names], takesWords }
}

/** Splits arguments as a shell does, by its quotes and backslashes; a text with an open quote is split at its blanks alone. */
function shellWords(args: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let at = 0; at < args.length; at += 1) {
    const char = args[at] as string
    const next = args[at + 1]
    if (quote === '' && /\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char
      word ??= ''
    } else if (char === quote) quote = ''
    else if (char === '\\' && quote !== "'" && next !== undefined && (quote === '' || /[$`"\\\n]/.test(next))) {
      word = (word ?? '') + (next === '\n' ? '' : next)
      at += 1
    } else word = (word ?? '') + char
  }
  if (quote !== '') return args.split(/\s+/).filter((part) => part !== '')
  return word === null ? words : [...words, word]
}
