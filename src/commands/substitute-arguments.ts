import { CodexPlusError } from '../errors.js'
import { markValue } from './argument-marks.js'
import { argumentWords } from './argument-words.js'

/** Which word `$1` is: the second (Claude Code 2.1), or the first (what most public command files assume). */
export type Counting = 'from-zero' | 'from-one'

export interface SubstitutionOptions {
  /** The raw arguments, trimmed. */
  readonly args: string
  /** Names declared in the front matter, in order. */
  readonly names: readonly string[]
  readonly counting: Counting
}

/** The most a body may become, in characters: each of its placeholders may take all of a long argument. */
const EXPANDED_LIMIT = 16 * 1024 * 1024

/**
 * Puts the arguments into a body, in Claude Code's order of passes (claude-code-2.1 section 1.4). Where the body has no
 * place for them, they are appended. The values are marked: the text is for `unmark`. Throws CP_COMMAND_TOO_LARGE.
 */
export function substituteArguments(body: string, { args, names, counting }: SubstitutionOptions): string {
  const words = argumentWords(args).map((word) => markValue(neutralise(word)))
  const raw = markValue(neutralise(args))
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
  let text = escapes.text
  const declared = names.map((name, index) => ({ name, value: words[index] ?? '' }))
  // The longest first: `$file` must not take the beginning of `$filename`.
  for (const { name, value } of declared.sort((a, b) => b.name.length - a.name.length)) {
    text = text.replace(new RegExp(`\\$${escapeRegExp(name)}(?![\\w[])`, 'g'), () => use(value))
  }
  text = text.replace(/\$ARGUMENTS\[(\d+)\]/g, (_, index: string) => use(words[Number(index)] ?? ''))
  const shift = counting === 'from-one' ? 1 : 0
  text = text.replace(/\$(\d+)(?!\w)/g, (_, index: string) => use(words[Number(index) - shift] ?? ''))
  text = text.replace(/\$ARGUMENTS/g, () => use(raw))
  text = escapes.restore(text)
  return used || args === '' ? text : `${text}\n\nARGUMENTS: ${raw}`
}

/** Whether `$1` counts from zero in this body under the `auto` dialect: it does where `$0` or `$ARGUMENTS[…]` stand too. */
export function countingOf(body: string): Counting {
  return /\$0(?!\w)|\$ARGUMENTS\[/.test(body) ? 'from-zero' : 'from-one'
}

/** The names a front matter's `arguments` declares: a list, or words in a string; numbers are no names. */
export function argumentNames(value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(/\s+/) : Array.isArray(value) ? (value as unknown[]) : []
  return list.filter((name): name is string => typeof name === 'string' && name !== '' && !/^\d+$/.test(name))
}

/** Puts the run's own values in: `${CLAUDE_…}` in braces only; what is not known here stays. */
export function substituteVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(CLAUDE_[A-Z_]+)\}/g, (match, name: string) => variables[name] ?? match)
}

/** No argument can open a shell block: a value's own markers are broken up before it is put in. */
export function neutralise(value: string): string {
  return value
    .replaceAll('`!', '` !')
    .replaceAll('!`', '! `')
    .replace(/(^|\s)!/g, '$1\\!')
}

/** A character of a private plane that no file holds stands in for an escaped `$` until all passes are done. */
const STAND_IN = '\u{10fffd}'

/** Exactly one backslash before `$` and a placeholder makes it literal; two stay two, and the placeholder counts. */
function protectEscapes(body: string, names: readonly string[]): { text: string; restore(text: string): string } {
  const placeholders = ['\\d', 'ARGUMENTS', ...names.map(escapeRegExp)].join('|')
  const text = body.replace(new RegExp(`(?<!\\\\)\\\\\\$(?=${placeholders})`, 'g'), STAND_IN)
  return { text, restore: (result) => result.replaceAll(STAND_IN, '$') }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
