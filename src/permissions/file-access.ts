import { readingWords, unwrapped } from './command-text.js'
import { matchesPath } from './parse-rule.js'
import { hasFlag, type Program, programOf } from './programs.js'
import type { SimpleCommand, Word } from './script.js'
import { isInside, isSensitive } from './sensitive-paths.js'
import { climbsBehindName, pathsOf, type ShellState } from './word-values.js'

/** What a command may touch: where relative paths start (more than one after a `cd`), and the folders and rules. */
export type Reach = {
  starts: string[]
  directories: string[]
  home: string
  cwd: string
  allow: string[]
  deny: string[]
}

export type Purpose = 'read' | 'write'

/** A file, or a pattern of files, that a command touches. */
export interface Access {
  /** The program, or the operator of a redirection. */
  readonly name: string
  readonly purpose: Purpose
  readonly word: Word
  /** What is read is not shown: `ls`, `cd`, `du`. */
  readonly namesOnly: boolean
  /** It may be something else than a path: a revision, a branch. */
  readonly maybe: boolean
}

/** Why a command may not touch the files it names; undefined when it may. */
export function fileProblem(command: SimpleCommand, reach: Reach): string | undefined {
  for (const access of argumentAccesses(unwrapped(readingWords(command.words)))) {
    const problem = pathProblem(access, reach)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Why a redirection is not covered by a rule for the command; undefined when it writes nowhere. */
export function redirectionProblem(command: SimpleCommand, reach: Reach, mayWrite: boolean): string | undefined {
  for (const access of redirectionAccesses(command)) {
    const problem = pathProblem(access, reach)
    if (problem !== undefined) return problem
    if (access.purpose === 'read' || mayWrite) continue
    if (grantingRule(access.word, reach) === undefined)
      return `it writes to '${access.word.text}', which no rule for a command covers`
  }
  return undefined
}

/** The folders a `cd` may lead to, from each of `starts`; undefined when it cannot be told. */
export function changedFolder(words: readonly Word[], shell: ShellState): readonly string[] | undefined {
  const [first, second, ...more] = words.slice(1)
  const word = first?.text === '--' ? second : first
  if (more.length > 0 || (second && word !== second) || word?.text === '-') return undefined
  return word ? pathsOf(word, shell) : [shell.home]
}

/** The files that the arguments of a program name, as far as the program is known. */
export function argumentAccesses(words: readonly Word[], program = programOf(words[0]?.text ?? '')): Access[] {
  const name = words[0]?.text ?? ''
  if (!program) return []
  const purpose = purposeOf(name, program, words)
  return pathWords(name, program, words.slice(1)).map((word) => ({
    name,
    purpose,
    word,
    namesOnly: purpose === 'read' && program.namesOnly,
    maybe: (name === 'git' && words[1]?.text !== 'mv' && !looksLikePath(word.text)) || SCRIPTED.has(name),
  }))
}

/** The files that a command is redirected from and to. */
export function redirectionAccesses({ redirections }: SimpleCommand): Access[] {
  return redirections.flatMap(({ operator, target }) => {
    if (operator === '<<' || operator === '<<-' || operator === '<<<') return []
    if (/^[<>]&$/.test(operator) && /^(?:\d+-?|-)$/.test(target.text)) return []
    if (target.raw === '/dev/null') return []
    const access = { name: operator, word: target, namesOnly: false, maybe: false }
    const purposes: Purpose[] = operator === '<>' ? ['read', 'write'] : [operator === '<' ? 'read' : 'write']
    return purposes.map((purpose) => ({ ...access, purpose }))
  })
}

function pathProblem({ name, purpose, word }: Access, reach: Reach): string | undefined {
  if (climbsBehindName(word.text)) return `${name}: '${word.raw}' climbs by '..' behind the name of a folder`
  const paths = pathsOf(word, reach)
  if (!paths) return `${name}: '${word.raw}' is not known before it runs`
  if (word.glob && purpose === 'write') return `${name}: '${word.raw}' is a pattern, and writing needs exact paths`
  for (const path of paths) {
    if (reach.deny.some((rule) => matchesPath(rule, path, reach.cwd, reach.home, 'read'))) {
      return `${name}: a deny rule covers '${path}'`
    }
    if (purpose === 'write' && reach.deny.some((rule) => matchesPath(rule, path, reach.cwd, reach.home, 'write'))) {
      return `${name}: a deny rule covers '${path}'`
    }
    if (purpose === 'write' && isSensitive(path)) return `${name}: '${path}' is protected from being written to`
    if (!isInside(path, reach.directories) && !isGranted(path, purpose, reach)) {
      return `${name}: '${path}' lies outside the folders of this session (${reach.directories.join(', ')})`
    }
    if (name === 'rm' && reach.directories.includes(path)) return `rm: '${path}' is the whole folder of this session`
  }
  return undefined
}

/** The rule that lets a command write to a file; undefined where there is none, and for paths that are not known. */
export function grantingRule(word: Word, reach: Reach): string | undefined {
  const paths = pathsOf(word, reach)
  if (!paths?.every((path) => isGranted(path, 'write', reach))) return undefined
  return reach.allow.find((rule) => paths.some((path) => isGranted(path, 'write', { ...reach, allow: [rule] })))
}

/** An `Edit(path)` or `Read(path)` rule that allows this path. */
function isGranted(path: string, purpose: Purpose, reach: Reach): boolean {
  return reach.allow.some((rule) => rule.includes('(') && matchesPath(rule, path, reach.cwd, reach.home, purpose))
}

const GIT_WRITES = new Set('checkout restore rm mv clean apply reset switch'.split(' '))

/** Interpreters whose arguments may be a script as well as files. */
const SCRIPTED: ReadonlySet<string> = new Set(['perl', 'ruby'])

function purposeOf(name: string, program: Program, words: readonly Word[]): Purpose {
  if (name === 'sed') return words.some(({ text }) => hasFlag(text, ['-i', '--in-place'])) ? 'write' : 'read'
  if (SCRIPTED.has(name)) return words.some(({ text }) => /^-\w*i/.test(text)) ? 'write' : 'read'
  if (/^[gm]?awk$/.test(name)) return words.some(({ text }) => text === 'inplace') ? 'write' : 'read'
  if (name === 'find') return words.some(({ text }) => text === '-delete') ? 'write' : 'read'
  if (name === 'git') return GIT_WRITES.has(words[1]?.text ?? '') ? 'write' : 'read'
  return program.kind === 'writes' ? 'write' : 'read'
}

/** The words of a program that are paths. */
function pathWords(name: string, program: Program, words: readonly Word[]): Word[] {
  if (name === 'date') return dateFiles(words)
  if (name === 'dd') return words.flatMap((word) => valueBehind(word, /^(?:if|of)=/))
  if (program.paths === 'none') return []
  if (name === 'git') return gitFiles(words)
  if (name === 'find') return findFolders(words)
  const found: Word[] = []
  let skip = program.paths === 'after first'
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Word
    if (word.text === '--') {
      found.push(...words.slice(at + (skip ? 2 : 1)))
      break
    }
    if (word.text.startsWith('-') && word.text !== '-') {
      if (skip && givesPattern(name, word.text)) {
        skip = false
        if (/^-[ef]$|^--(?:regexp|file|expression)$/.test(word.text)) {
          const value = words[++at]
          if (value && word.text.includes('f')) found.push(value)
        }
      } else if (program.valued.includes(word.text)) at++
      const value = flagValue(word, program.valued)
      if (value) found.push(value)
    } else if (skip) skip = false
    else if (word.text !== '-') found.push(word)
  }
  return found
}

function givesPattern(name: string, flag: string): boolean {
  return name !== 'jq' && hasFlag(flag, ['-e', '-f', '--regexp', '--file', '--files', '--expression'])
}

/** `-r FILE`, `-rFILE`, `--reference=FILE`. */
function dateFiles(words: readonly Word[]): Word[] {
  return words.flatMap((word, at) => {
    if (/^(?:-r|--ref\w*)$/.test(word.text)) return words.slice(at + 1, at + 2)
    return valueBehind(word, /^(?:-r|--ref\w*=)/)
  })
}

/** The value glued to a flag, where it reads like a path (`--file=/etc/x`, `-f/etc/x`). */
function flagValue(word: Word, valued: readonly string[]): Word | undefined {
  const long = /^--[^=]+=(.*)$/s.exec(word.text)
  const short = /^-[A-Za-z]+?([/~.].*)$/s.exec(word.text)
  const value = long?.[1] ?? short?.[1]
  if (value === undefined || !looksLikePath(value)) return undefined
  if (valued.includes(word.text.slice(0, word.text.length - value.length).replace(/=$/, ''))) return undefined
  return partOf(word, value)
}

function valueBehind(word: Word, flag: RegExp): Word[] {
  const found = flag.exec(word.text)
  return found && word.text.length > found[0].length ? [partOf(word, word.text.slice(found[0].length))] : []
}

/** The part of a word that is its end, such as the value behind `--flag=`. */
export function partOf(word: Word, value: string): Word {
  // What a variable puts into a flag is not looked at more closely: it counts as unknown.
  const known = word.parts.every((part) => typeof part === 'string')
  const constructs: Word['constructs'] = known ? word.constructs : ['parameter expansion']
  return { ...word, text: value, parts: [value], tilde: value.startsWith('~'), constructs }
}

function looksLikePath(text: string): boolean {
  return /^[/~]|^\$(?:HOME|PWD)/.test(text) || text.split('/').includes('..')
}

/** Flags of git with a text behind them. */
const GIT_TEXT = /^-[A-Za-z]*m$|^--(?:message|author|date|grep|format|pretty)$/

/** Every word that is no flag may be a path, and so may what follows the colon of `REVISION:PATH`. */
function gitFiles(words: readonly Word[]): Word[] {
  return words.slice(1).flatMap((word, at) => {
    if (word.text.startsWith('-') || GIT_TEXT.test(words[at]?.text ?? '')) return []
    const [, path] = /^[^:]+:(.+)$/s.exec(word.text) ?? []
    return path === undefined ? [word] : [word, partOf(word, path)]
  })
}

/** find's folders stand in front of its tests; `-newer file` and the like read a file too. */
function findFolders(words: readonly Word[]): Word[] {
  const found: Word[] = []
  let at = 0
  while (/^-(?:[HLP]|O\d)$/.test(words[at]?.text ?? '')) at++
  while (at < words.length && !/^[-(!]/.test((words[at] as Word).text)) found.push(words[at++] as Word)
  for (; at < words.length; at++) {
    if (/^-(?:newer\w*|samefile|anewer|cnewer)$/.test((words[at] as Word).text))
      found.push(...words.slice(at + 1, at + 2))
  }
  return found
}
