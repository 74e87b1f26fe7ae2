import type { SimpleCommand, Word } from './script.js'

/** A program that runs the command behind it: its flags that take a value, and how many words of its own it has. */
export interface Wrapper {
  readonly valued: readonly string[]
  readonly own: number
  /** With a flag of its own it is not looked through. */
  readonly bare?: true
}

/** The wrappers that rules look through. */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  timeout: { valued: ['-k', '--kill-after', '-s', '--signal'], own: 1 },
  time: { valued: [], own: 0 },
  nice: { valued: ['-n', '--adjustment'], own: 0 },
  nohup: { valued: [], own: 0 },
  stdbuf: { valued: ['-i', '-o', '-e', '--input', '--output', '--error'], own: 0 },
  xargs: { valued: [], own: 0, bare: true },
}

/** Variables that change how a program writes, never what it runs: a prefix with them is not looked at by rules. */
const HARMLESS = new Set(
  'CHARSET CI CLICOLOR COLORTERM FORCE_COLOR GO111MODULE GOARCH GOOS LANG LANGUAGE LC_ALL LC_CTYPE LC_TIME LC_NUMERIC NODE_ENV NO_COLOR PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED RUST_BACKTRACE RUST_LOG TERM TZ'.split(
    ' ',
  ),
)

/** The words behind `timeout 5`, `time`, `nice`, `nohup`, `stdbuf` and a bare `xargs`; env, sudo and bash -c stay. */
export function unwrapped(words: Word[]): Word[] {
  let rest = words
  for (let round = 0; round < 8; round++) {
    const name = rest[0]?.text ?? ''
    const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined
    const at = wrapper && behind(rest, wrapper)
    if (at === undefined || at >= rest.length) return rest
    rest = rest.slice(at)
  }
  return rest
}

/** The words behind `command` and `timeout 5`, through which reading stays reading. */
export function readingWords(words: Word[]): Word[] {
  let rest = words
  for (let round = 0; round < 8; round++) {
    const name = rest[0]?.text
    const wrapper = name === 'command' ? COMMAND : name === 'timeout' ? WRAPPERS.timeout : undefined
    const at = wrapper && behind(rest, wrapper)
    if (at === undefined || at >= rest.length) return rest
    rest = rest.slice(at)
  }
  return rest
}

const COMMAND: Wrapper = { valued: [], own: 0, bare: true }

/** Where the command behind a wrapper begins; undefined where it is not looked through. */
function behind(words: readonly Word[], wrapper: Wrapper): number | undefined {
  let at = 1
  while (words[at]?.text.startsWith('-')) {
    if (wrapper.bare) return undefined
    at += wrapper.valued.includes(words[at]?.text as string) ? 2 : 1
  }
  return at + wrapper.own
}

/**
 * Every command that may stand behind a wrapper with flags and assignments of its own: where it is not known whether a
 * flag takes the next word, both.
 */
export function commandBehind(words: readonly Word[], { valued, own }: Wrapper): Word[][] {
  const found: Word[][] = []
  let left = own
  // So many words may belong to a flag in front of them.
  let slack = 0
  for (let at = 1; at < words.length; at++) {
    const { text } = words[at] as Word
    if (text.startsWith('-') && text !== '-') {
      if (valued.includes(text)) at++
      else if (!text.includes('=') && text !== '--') slack++
    } else if (left > 0) left--
    else if (!/^[A-Za-z_]\w*=/.test(text)) {
      found.push(words.slice(at))
      if (slack-- === 0) break
    }
  }
  return found
}

/** A variable assignment in front that a rule may not pass over; undefined when there is none. */
export function tellingAssignment(command: SimpleCommand): string | undefined {
  return command.assignments.find(({ name, value }) => !HARMLESS.has(name) || !isPlain(value))?.name
}

/** Whether the value of a word is known from its text. */
export function isPlain(word: Word): boolean {
  return word.constructs.length === 0 && !word.brace && word.parts.every((part) => typeof part === 'string')
}

/** The texts of a command that an allow rule may match; a quoted word counts as itself only when quotes did nothing. */
export function allowTexts(command: SimpleCommand): string[] {
  const texts = [command.raw]
  if (tellingAssignment(command) !== undefined) return texts
  for (const words of new Set([command.words, unwrapped(command.words)])) {
    texts.push(words.map(({ raw }) => raw).join(' '), words.map(canonical).join(' '))
  }
  return texts
}

/** The texts a deny or ask rule may match: with and without quotes, wrappers, assignments and the folder of the program. */
export function denyTexts(command: SimpleCommand): string[] {
  const texts = [command.raw]
  for (const words of new Set([command.words, unwrapped(command.words)])) {
    const plain = words.map(({ text }) => text)
    texts.push(words.map(({ raw }) => raw).join(' '), plain.join(' '))
    const name = plain[0]?.split('/').at(-1)
    if (name && name !== plain[0]) texts.push([name, ...plain.slice(1)].join(' '))
  }
  return texts
}

function canonical(word: Word): string {
  return /^[\w@%+=:,./-]+$/.test(word.text) && isPlain(word) ? word.text : word.raw
}
