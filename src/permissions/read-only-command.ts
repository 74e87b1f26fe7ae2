import { gitReads } from './git-reads.js'
import { hasFlag, programOf } from './programs.js'

const VERSION_ONLY = new Set('node npm python python3 ruby go java rustc cargo deno bun pnpm yarn'.split(' '))
const VERSION_ASKED = new Set(['node', 'python', 'python3'])

/** Whether a command (its words without quotes) only reads, whatever it reads; where it reads is checked apart. */
export function isReadOnly(words: string[]): boolean {
  const [name = '', ...rest] = words
  switch (name) {
    case 'git':
      return gitReads(rest)
    case 'sed':
      return sedPrints(rest)
    case 'xargs':
      return xargsReads(rest)
    case 'date':
      return rest.every((word) => word.startsWith('+') || /^(?:-u|-R|-I\w*|--utc|--rfc-\S+|--iso-8601\S*)$/.test(word))
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
  // echo and test take everything as text.
  if (name === 'echo' || name === 'test' || name === '[' || name === 'expr' || name === 'tr') return true
  return !rest.some((word) => hasFlag(word, program.forbidden))
}

/** `sed -n` with nothing but lines to print. */
function sedPrints(words: string[]): boolean {
  const flags = words.filter((word) => word.startsWith('-'))
  const quiet = flags.some((flag) => /^-[nErz]*n[nErz]*$|^--(?:quiet|silent)$/.test(flag))
  const known = flags.every((flag) => /^-[nErz]+$|^--(?:quiet|silent|regexp-extended|posix)$/.test(flag))
  const script = words.find((word) => !word.startsWith('-')) ?? ''
  return quiet && known && /^(?:(?:\d+|\$)(?:,(?:\d+|\$))?)?p(?:;(?:(?:\d+|\$)(?:,(?:\d+|\$))?)?p)*$/.test(script)
}

/** What xargs may run: programs that no argument turns into a writer. */
const XARGS_TARGETS = new Set('echo printf wc grep head tail cat ls basename dirname file stat'.split(' '))

function xargsReads(words: string[]): boolean {
  let at = 0
  while (words[at]?.startsWith('-')) {
    if (!/^-(?:0|r|t|I|n\d*|L\d*|I\{\})$/.test(words[at] as string)) return false
    at += /^-[InL]$/.test(words[at] as string) ? 2 : 1
  }
  const target = words.slice(at)
  return target.length === 0 || (XARGS_TARGETS.has(target[0] as string) && isReadOnly(target))
}
