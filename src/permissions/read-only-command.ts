import { readingWords } from './command-text.js'
import { gitReads } from './git-reads.js'
import { looksAround } from './jq-filter.js'
import { hasFlag, programOf } from './programs.js'
import type { Word } from './script.js'
import { prints, substitutes } from './sed-script.js'

const VERSION_ONLY = new Set('node npm python python3 ruby go java rustc cargo deno bun pnpm yarn'.split(' '))
const VERSION_ASKED = new Set(['node', 'python', 'python3'])
/** Tests whose operand bash evaluates as arithmetic or as a subscript, in which a command may hide. */
const EVALUATING_TESTS = new Set('-v -R -eq -ne -lt -le -gt -ge'.split(' '))

/** Whether a command only reads, whatever it reads; where it reads is checked apart. */
export function isReadOnly(command: Word[]): boolean {
  const words = readingWords(command).map(({ text }) => text)
  const [name = '', ...rest] = words
  switch (name) {
    case 'git':
      return gitReads(rest)
    case 'sed':
      return sedReads(rest)
    case 'xargs':
      return xargsReads(rest)
    case 'uniq':
      return uniqFilters(rest)
    case 'date':
      return dateReads(rest)
    case 'tput':
      return tputAsks(rest)
    case 'jq':
      if (rest.some(looksAround)) return false
      break
    case '[[':
      return !rest.some((word) => EVALUATING_TESTS.has(word))
    case '[':
    case 'test':
      // `-v` alone evaluates here: numbers have to be numbers.
      return !rest.some((word) => word === '-v' || word === '-R')
    case 'hostname':
      return rest.every((word) => /^-[adfiIsy]+$/.test(word))
    case 'history':
      return rest.every((word) => /^\d+$/.test(word))
    case 'docker':
      return /^(?:ps|images|logs|inspect)$/.test(rest[0] ?? '')
    case 'ps':
      // `ps e` shows the environment of every process.
      if (rest.some((word) => /^[a-z]*e[a-z]*$/.test(word))) return false
  }
  if (VERSION_ASKED.has(name)) return rest.length === 1 && /^(?:--version|-v|-V)$/.test(rest[0] as string)
  if (VERSION_ONLY.has(name)) return false
  const program = programOf(name)
  if (program?.kind !== 'read-only') return false
  // These take everything as text.
  if (name === 'echo' || name === 'expr' || name === 'tr') return true
  return !rest.some((word) => hasFlag(word, program.forbidden))
}

/** `sed -n` with nothing but lines to print, or plain substitutions in what comes on stdin. */
function sedReads(words: string[]): boolean {
  const flags = words.filter((word) => word.startsWith('-'))
  const quiet = flags.some((flag) => /^-[nErz]*n[nErz]*$|^--(?:quiet|silent)$/.test(flag))
  const known = flags.every((flag) => /^-[nErz]+$|^--(?:quiet|silent|regexp-extended|posix)$/.test(flag))
  const script = words.find((word) => !word.startsWith('-')) ?? ''
  return (quiet && known && prints(script)) || sedFilters(words)
}

function sedFilters(words: string[]): boolean {
  const scripts: string[] = []
  const operands: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '-e' || word === '--expression') scripts.push(words[++at] ?? '')
    else if (/^-[nErzu]+$|^--(?:quiet|silent|regexp-extended|posix|unbuffered)$/.test(word)) continue
    else operands.push(word)
  }
  if (scripts.length === 0) scripts.push(operands.shift() ?? '')
  return operands.length === 0 && scripts.every(substitutes)
}

/** With a file of its own it may have a second one, which it writes. */
function uniqFilters(words: string[]): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (/^-[fsw]$/.test(word)) at++
    else if (!/^-[cdDuiz]+$|^-[fsw]\d+$|^--[a-z-]+(?:=\w+)?$/.test(word)) return false
  }
  return true
}

/** Times that are formatted, named by a word or taken from a file; `-s` sets the clock. */
function dateReads(words: string[]): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (/^(?:-d|-r|--date|--reference)$/.test(word)) at++
    else if (!/^(?:\+|-u$|-R$|-I\w*$|--utc$|--rfc-\S+$|--iso-8601\S*$|-[dr].|--(?:date|reference)=)/.test(word))
      return false
  }
  return true
}

/** What `tput` is asked for; `init` and `reset` run programs that the terminal's entry names. */
function tputAsks(words: string[]): boolean {
  return words.length > 0 && words.every((word) => /^[a-z0-9]+$/.test(word) && word !== 'init' && word !== 'reset')
}

/** What xargs may run: programs that take what they are given as text, and no file's name. */
const XARGS_TARGETS = new Set('echo printf basename dirname'.split(' '))

function xargsReads(words: string[]): boolean {
  let at = 0
  while (words[at]?.startsWith('-')) {
    if (!/^-(?:0|r|t|I|n\d*|L\d*|I\{\})$/.test(words[at] as string)) return false
    at += /^-[InL]$/.test(words[at] as string) ? 2 : 1
  }
  const [target, ...rest] = words.slice(at)
  if (target === undefined) return true
  return XARGS_TARGETS.has(target) && !(target === 'printf' && rest.some((word) => word.startsWith('-v')))
}
