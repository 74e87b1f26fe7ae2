import type { Construct, Script, Word } from './script.js'

/** What no rule sees through: it needs a rule for exactly this command line, or for all of Bash. */
const OPAQUE: readonly Construct[] = [
  'command substitution',
  'process substitution',
  'arithmetic expansion',
  'parameter expansion',
  'ansi-c string',
  'subshell',
  'group',
  'background',
  'heredoc',
  'function',
  'arithmetic',
  'case',
  'select',
  'coproc',
]

/** Variables whose value is the session's own. */
const KNOWN_VARIABLES = new Set('HOME PWD OLDPWD USER LOGNAME SHELL HOSTNAME PATH UID EUID TMPDIR ? $'.split(' '))

/** Why a command line cannot be judged from its text, as a sentence without its full stop; undefined when it can. */
export function opaqueness(text: string, script: Script): string | undefined {
  if (script.error) return `it is not understood: ${script.error.message}`
  const construct = OPAQUE.find((kind) => script.constructs.has(kind))
  if (construct !== undefined) return `it contains ${article(construct)}, which no pattern covers`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text)) return 'it contains control characters'
  if (/[\u00a0\u1680\u2000-\u200d\u2028-\u202f\u205f\u2060\u3000\ufeff]/.test(text))
    return 'it contains unusual white space'
  for (const { words, assignments, redirections } of script.commands) {
    const all = [...words, ...assignments.map(({ value }) => value), ...redirections.map(({ target }) => target)]
    for (const word of all) {
      const unknown = unknownPart(word)
      if (unknown !== undefined) return unknown
    }
    const [name] = words
    if (name && (name.glob || name.tilde || name.parts.some((part) => typeof part !== 'string'))) {
      return `the name of the command, '${name.raw}', is not known before it runs`
    }
  }
  return undefined
}

function unknownPart(word: Word): string | undefined {
  if (word.brace) return `'${word.raw}' contains a brace expansion, which no pattern covers`
  for (const part of word.parts) {
    if (typeof part !== 'string' && !KNOWN_VARIABLES.has(part.variable)) {
      return `it contains the variable $${part.variable}, whose value is not known`
    }
  }
  return undefined
}

function article(construct: Construct): string {
  return `${/^[aeiou]/.test(construct) ? 'an' : 'a'} ${construct}`
}
