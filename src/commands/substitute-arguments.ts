import { CodexPlusError } from '../errors.js'
import { markValue } from './argument-marks.js'
import { argumentWords } from './argument-words.js'
import { awkPrograms, isWithin } from './counted-numbers.js'

/**
 * Which word `$1` is: the second (`from-zero`, Claude Code 2.1), or the first (`from-one`, as most public files
 * assume).
 */
export type Counting = 'from-zero' | 'from-one'

export interface SubstitutionOptions {
  /** The raw arguments, trimmed. */
  readonly args: string
  /** Argument names declared in the front matter, in order. */
  readonly names: readonly string[]
  readonly counting: Counting
  /** Whether the `$N` at an offset of the body stands for an argument; every one does where it is not given. */
  readonly counts?: (at: number) => boolean
}

/** Maximum length of an expanded body, in characters: each placeholder may be replaced by a whole long argument. */
const EXPANDED_LIMIT = 16 * 1024 * 1024

/**
 * Substitutes the arguments into a body in one pass: a value that holds a placeholder stays as it is (claude-code-2.1
 * section 1.4). A `$N` or `$ARGUMENTS[N]` without a word stays as written. A body in which nothing was replaced gets the
 * arguments appended. The values are marked; pass the text to `unmark`. Throws CP_COMMAND_TOO_LARGE.
 */
export function substituteArguments(
  body: string,
  { args, names, counting, counts = () => true }: SubstitutionOptions,
): string {
  const words = argumentWords(args).map((word) => markValue(neutralise(word)))
  const raw = markValue(neutralise(args))
  const shift = counting === 'from-one' ? 1 : 0
  let used = false
  let length = body.length
  const use = (value: string): string => {
    used = true
    length += value.length
    if (length > EXPANDED_LIMIT) {
      const message = `With these arguments it becomes larger than ${EXPANDED_LIMIT / 1024 / 1024} MB.`
      throw new CodexPlusError('CP_COMMAND_TOO_LARGE', message)
    }
    return value
  }
  const escapes = protectEscapes(body, names)
  const replaced = escapes.text.replace(placeholders(names), (whole: string, ...groups: unknown[]) => {
    const { name, index, number } = groups.at(-1) as Readonly<Record<string, string | undefined>>
    // A declared name without a word is empty; a number without one is no placeholder.
    if (name !== undefined) return use(words[names.indexOf(name)] ?? '')
    if (index !== undefined) return withWord(words[Number(index)], whole, use)
    if (number === undefined) return use(raw)
    if (!counts(groups.at(-3) as number)) return whole
    return withWord(words[Number(number) - shift], whole, use)
  })
  const text = escapes.restore(replaced)
  return used || args === '' ? text : `${text}\n\nARGUMENTS: ${raw}`
}

function withWord(word: string | undefined, written: string, use: (value: string) => string): string {
  return word === undefined ? written : use(word)
}

/** Longest name first: `$file` must not match the beginning of `$filename`. */
function placeholders(names: readonly string[]): RegExp {
  const sorted = [...names].sort((a, b) => b.length - a.length).map(escapeRegExp)
  const named = sorted.length === 0 ? '' : `\\$(?<name>${sorted.join('|')})(?![\\w[])|`
  return new RegExp(`${named}\\$ARGUMENTS\\[(?<index>\\d+)\\]|\\$ARGUMENTS|\\$(?<number>\\d+)(?!\\w)`, 'g')
}

/**
 * Decides how the `auto` dialect counts in this body: from zero if it contains `$0` or `$ARGUMENTS[…]`, else from one.
 */
export function countingOf(body: string): Counting {
  const awk = awkPrograms(body)
  const zeros = [...body.matchAll(/\$0(?!\w)|\$ARGUMENTS\[/g)]
  return zeros.some(({ index }) => !isWithin(index, awk)) ? 'from-zero' : 'from-one'
}

/**
 * Returns the names that `arguments` of the front matter declares: a list, or words in a string; numbers are ignored.
 */
export function argumentNames(value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(/\s+/) : Array.isArray(value) ? (value as unknown[]) : []
  return list.filter((name): name is string => typeof name === 'string' && name !== '' && !/^\d+$/.test(name))
}

/** Substitutes the run's values for `${CLAUDE_…}` (in braces only); an unknown variable stays as written. */
export function substituteVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(CLAUDE_[A-Z_]+)\}/g, (match, name: string) => variables[name] ?? match)
}

/** Breaks up the shell markers of an argument value, so that no argument can open a shell block. */
export function neutralise(value: string): string {
  return value
    .replaceAll('`!', '` !')
    .replaceAll('!`', '! `')
    .replace(/(^|\s)!/g, '$1\\!')
}

/** A private-use character that no file contains; it replaces an escaped `$` until all passes are done. */
const STAND_IN = '\u{10fffd}'

/**
 * Exactly one backslash before `$` and a placeholder makes it literal; two stay, and the placeholder is substituted.
 */
function protectEscapes(body: string, names: readonly string[]): { text: string; restore(text: string): string } {
  const placeholders = ['\\d', 'ARGUMENTS', ...names.map(escapeRegExp)].join('|')
  const text = body.replace(new RegExp(`(?<!\\\\)\\\\\\$(?=${placeholders})`, 'g'), STAND_IN)
  return { text, restore: (result) => result.replaceAll(STAND_IN, '$') }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
