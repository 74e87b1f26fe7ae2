import { dirname, resolve } from 'node:path'
import { unwrapped } from './command-text.js'
import { matchesPath } from './permission-rules.js'
import { hasFlag, programOf } from './programs.js'
import type { SimpleCommand, Word } from './script.js'
import { isInside, isSensitive } from './sensitive-paths.js'

/** What a command may touch: where relative paths start (more than one after a `cd`), and the folders and rules. */
export type Reach = {
  starts: string[]
  directories: string[]
  home: string
  cwd: string
  allow: string[]
  deny: string[]
}

type Purpose = 'read' | 'write'

/** Why a command may not touch the files it names; undefined when it may. */
export function fileProblem(command: SimpleCommand, reach: Reach): string | undefined {
  const words = unwrapped(command.words)
  const name = words[0]?.text ?? ''
  const program = programOf(name)
  if (!program) return undefined
  const purpose: Purpose = program.kind === 'writes' || (name === 'sed' && editsInPlace(words)) ? 'write' : 'read'
  for (const word of pathWords(name, words.slice(1))) {
    const problem = pathProblem(name, word, purpose, reach)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Why a redirection is not covered by a rule for the command; undefined when it writes nowhere. */
export function redirectionProblem(command: SimpleCommand, reach: Reach, mayWrite: boolean): string | undefined {
  for (const { operator, target } of command.redirections) {
    if (operator === '<<' || operator === '<<-' || operator === '<<<') continue
    if (/^[<>]&$/.test(operator) && /^(?:\d+-?|-)$/.test(target.text)) continue
    if (target.raw === '/dev/null') continue
    const purpose: Purpose = operator === '<' ? 'read' : 'write'
    const problem = pathProblem(operator, target, purpose, reach)
    if (problem !== undefined) return problem
    const granted = mayWrite || targets(target, reach)?.every((path) => isGranted(path, 'write', reach)) === true
    if (purpose === 'write' && !granted) return `it writes to '${target.text}', which no rule for a command covers`
  }
  return undefined
}

/** The folders a `cd` may lead to, from each of `starts`; undefined when it cannot be told. */
export function changedFolder(command: SimpleCommand, reach: Reach): string[] | undefined {
  const [first, second, ...more] = command.words.slice(1)
  const word = first?.text === '--' ? second : first
  if (more.length > 0 || (second && word !== second) || word?.text === '-') return undefined
  return word ? targets(word, reach) : [reach.home]
}

function pathProblem(name: string, word: Word, purpose: Purpose, reach: Reach): string | undefined {
  const paths = targets(word, reach)
  if (!paths) return `${name}: '${word.raw}' is not known before it runs`
  if (word.glob && purpose === 'write') return `${name}: '${word.raw}' is a pattern, and writing needs exact paths`
  if (word.glob && /(?:^|\/)\.\.(?:\/|$)/.test(word.text.slice(word.text.search(/[*?[]/)))) {
    return `${name}: '${word.raw}' is a pattern that climbs out of its folder`
  }
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

/** An `Edit(path)` or `Read(path)` rule that allows this path. */
function isGranted(path: string, purpose: Purpose, reach: Reach): boolean {
  return reach.allow.some((rule) => rule.includes('(') && matchesPath(rule, path, reach.cwd, reach.home, purpose))
}

/** The absolute paths a word may stand for: its folder only where it is a pattern. */
function targets(word: Word, reach: Reach): string[] | undefined {
  if (word.constructs.length > 0 || word.brace) return undefined
  return allDefined(
    reach.starts.map((start) => {
      let text = ''
      for (const part of word.parts) {
        if (typeof part === 'string') text += part
        else if (part.variable === 'HOME') text += reach.home
        else if (part.variable === 'PWD') text += start
        else return undefined
      }
      if (word.tilde) {
        if (text !== '~' && !text.startsWith('~/')) return undefined
        text = reach.home + text.slice(1)
      }
      if (text.includes('\0')) return undefined
      if (!word.glob) return resolve(start, text)
      const fixed = text.slice(0, text.search(/[*?[]/))
      return resolve(start, fixed.endsWith('/') ? fixed : dirname(`${fixed}x`))
    }),
  )
}

function allDefined(paths: (string | undefined)[]): string[] | undefined {
  return paths.every((path) => path !== undefined) ? paths : undefined
}

function editsInPlace(words: Word[]): boolean {
  return words.some(({ text }) => hasFlag(text, ['-i', '--in-place']))
}

/** The words of a program that are paths. */
function pathWords(name: string, words: Word[]): Word[] {
  const program = programOf(name)
  if (!program || program.paths === 'none') return []
  // Revisions and patterns are no paths; what looks like one is looked at.
  if (name === 'git') return words.filter(({ text, tilde }) => tilde || looksLikePath(text))
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

/** The value glued to a flag, where it reads like a path (`--file=/etc/x`, `-f/etc/x`). */
function flagValue(word: Word, valued: readonly string[]): Word | undefined {
  const long = /^--[^=]+=(.*)$/s.exec(word.text)
  const short = /^-[A-Za-z]+?([/~.].*)$/s.exec(word.text)
  const value = long?.[1] ?? short?.[1]
  if (value === undefined || !looksLikePath(value)) return undefined
  if (valued.includes(word.text.slice(0, word.text.length - value.length).replace(/=$/, ''))) return undefined
  // What a variable puts into a flag is not looked at more closely: it counts as unknown.
  const known = word.parts.every((part) => typeof part === 'string')
  const constructs: Word['constructs'] = known ? word.constructs : ['parameter expansion']
  return { ...word, text: value, parts: [value], tilde: value.startsWith('~'), constructs }
}

function looksLikePath(text: string): boolean {
  return /^[/~]|^\$(?:HOME|PWD)/.test(text) || text.split('/').includes('..')
}

/** find's folders stand in front of its tests; `-newer file` and the like read a file too. */
function findFolders(words: Word[]): Word[] {
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
