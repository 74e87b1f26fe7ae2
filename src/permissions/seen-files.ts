import { lstatSync } from 'node:fs'
import { wildcard } from '../config/wildcard.js'
import { type Access, argumentAccesses, type Purpose, partOf } from './file-access.js'
import { programName } from './inner-commands.js'
import { literalWord } from './literal-word.js'
import { anyProgramOf, copies } from './programs.js'
import type { Word } from './script.js'
import { candidatePaths, type ShellState } from './word-values.js'

/** A file that a command line touches. */
export interface SeenFile {
  readonly purpose: Purpose
  /** As it is written there. */
  readonly text: string
  /** Where it may lie. */
  readonly paths: readonly string[]
  /** Whether it can lie nowhere else: false where that shows only when the command runs. */
  readonly sure: boolean
  readonly namesOnly: boolean
  /** A folder is changed, copied or searched with all that is in it. */
  readonly whole: boolean
  /** Of a search: whether it looks at a file in the folder. What is not there yet does not count. */
  readonly searched?: (path: string) => boolean
}

/** Programs that take folders with all that is in them. */
const WHOLE: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  read: new Set(['tar', 'zip']),
  write: new Set('rm rmdir chmod chown chgrp git find'.split(' ')),
}
/** Programs whose last argument is where the others go. */
const TO_LAST: ReadonlySet<string> = new Set('cp mv ln install scp rsync'.split(' '))
/** Readers whose second file is written. */
const WRITE_SECOND: ReadonlySet<string> = new Set(['uniq', 'xxd'])
/** Readers with a flag whose value is written. */
const WRITE_FLAGS: Readonly<Record<string, RegExp>> = {
  sort: /^(?:-o|--output=)(.*)$/s,
  shuf: /^(?:-o|--output=)(.*)$/s,
  tree: /^(?:-o)(.*)$/s,
  csplit: /^(?:-f|--prefix=)(.*)$/s,
  find: /^-f(?:print0?|printf|ls)()$/s,
}
/** Flags with which a program searches folders, hidden files included. */
const SEARCHES: Readonly<Record<string, RegExp>> = {
  grep: /^-\w*[rR]|^--(?:dereference-)?recursive$/,
  egrep: /^-\w*[rR]|^--(?:dereference-)?recursive$/,
  fgrep: /^-\w*[rR]|^--(?:dereference-)?recursive$/,
  zgrep: /^-\w*[rR]|^--(?:dereference-)?recursive$/,
  rg: /^-\w*[u.]|^--(?:hidden|unrestricted|no-ignore)/,
  ag: /^-\w*[ua]|^--(?:hidden|unrestricted|all-types|skip-vcs-ignores)/,
}

/** The files that a command reads and writes; `fed` says that names are added to its words when it runs. */
export function filesOfWords(words: readonly Word[], shell: ShellState, fed: boolean): SeenFile[] {
  const name = programName(words)
  const given = [...runFiles(name, words, shell)]
  const program = anyProgramOf(name)
  if (!program) return given
  if (fed && program.paths !== 'none') {
    const purpose = program.kind === 'writes' ? 'write' : 'read'
    const hidden = { text: `what ${name} is given`, paths: [], sure: false, whole: false, namesOnly: program.namesOnly }
    given.push({ ...hidden, purpose })
  }
  const plain = [literalWord(name), ...(name === 'git' ? behindGitOptions(words) : words.slice(1))]
  const accesses = argumentAccesses(plain, program).flatMap((access) => withoutUrl(access))
  const flags = flagFiles(name, plain, program.kind === 'writes' ? 'write' : 'read', shell)
  if (TO_LAST.has(name)) return [...given, ...flags, ...copiedFiles(name, plain, accesses, shell)]
  const searched = SEARCHES[name]?.test(plain.map(({ text }) => text).find((text) => SEARCHES[name]?.test(text)) ?? '')
  const files = accesses.flatMap((access, at) => {
    const file = { ...seenFile(access, shell), whole: WHOLE[access.purpose].has(name) }
    if (access.maybe && !file.paths.some(exists)) return []
    const read = { ...file, purpose: 'read' as const, whole: WHOLE.read.has(name) }
    if (searched) return [{ ...file, whole: true, searched: searchOf(plain) }]
    if (access.purpose === 'write' && copies(name)) return [file, read]
    return WRITE_SECOND.has(name) && at > 0 ? [file, { ...file, purpose: 'write' as const }] : [file]
  })
  if (searched && !files.some(({ paths }) => paths.some(exists))) {
    const folder = { name, purpose: 'read' as const, word: literalWord('.'), namesOnly: true, maybe: false }
    files.push({ ...seenFile(folder, shell), whole: true, searched: searchOf(plain) })
  }
  return [...given, ...flags, ...files]
}

/** Which files a search looks at: all but those that its flags leave out by name. */
function searchOf(words: readonly Word[]): (path: string) => boolean {
  const left = words.flatMap(({ text }, at) => {
    const [, flag = '', glob = ''] =
      /^(--exclude(?:-dir)?)=(.+)$/s.exec(text) ?? /^()(?:(?:-g|--i?glob=)?!)(.+)$/s.exec(text) ?? []
    const behindFlag = flag === '' && !text.startsWith('-') && !/^(?:-g|--i?glob)$/.test(words[at - 1]?.text ?? '')
    return glob === '' || behindFlag
      ? []
      : [{ flag, glob: glob.replace(/^(?:\*\*)?\//, '').replace(/\/(?:\*\*)?$/, '') }]
  })
  return (path) => {
    const names = path.split('/')
    return !left.some(({ flag, glob }) => {
      const counted = flag === '--exclude' ? names.slice(-1) : flag === '' ? names : names.slice(0, -1)
      return counted.some((name) => wildcard(glob, name))
    })
  }
}

/** The path of a `file:` URL; no other URL is a file. */
function withoutUrl(access: Access): Access[] {
  const [, scheme, path = ''] = /^([a-z][a-z\d+.-]+):\/\/[^/]*(.*)$/is.exec(access.word.text) ?? []
  if (scheme === undefined) return [access]
  return scheme.toLowerCase() === 'file' && path !== '' ? [{ ...access, word: literalWord(path) }] : []
}

/** Files that stand in flags: `--output=FILE`, `-o FILE` of a reader, `--data=@FILE`. A rule without a path is not about them. */
function flagFiles(name: string, words: readonly Word[], purpose: Purpose, shell: ShellState): SeenFile[] {
  const written = Object.hasOwn(WRITE_FLAGS, name) ? WRITE_FLAGS[name] : undefined
  return words.flatMap((word, at) => {
    const access = (value: Word, what: Purpose, namesOnly: boolean): SeenFile[] => {
      const file = seenFile({ name, purpose: what, word: value, namesOnly, maybe: false }, shell)
      return namesOnly && !file.sure ? [] : [file]
    }
    const own = written?.exec(word.text)
    if (own) {
      const value = own[1] ? partOf(word, own[1]) : words[at + 1]
      return value ? access(value, 'write', false) : []
    }
    const [, sign, value] = /^(?:--[\w-]+=(@?)|-?-?[\w.-]*=(?=@)|(?=@))(.+)$/s.exec(word.text) ?? []
    if (value === undefined || /^--(?:in|ex)clude|^--i?glob/.test(word.text)) return []
    const named = value.startsWith('@') ? value.slice(1) : value
    if (sign === '@' || value.startsWith('@')) return access(partOf(word, named), 'read', true)
    return [
      ...access(partOf(word, named), purpose, true),
      ...(copies(name) ? access(partOf(word, named), 'read', true) : []),
    ]
  })
}

/** Files that stand in scripts and flags of their own: sed's `w FILE`, `xargs -a FILE`. */
function runFiles(name: string, words: readonly Word[], shell: ShellState): SeenFile[] {
  const file = (word: Word, purpose: Purpose): SeenFile =>
    seenFile({ name, purpose, word, namesOnly: false, maybe: false }, shell)
  if (name === 'sed') {
    const written = words.flatMap(({ text }) => [...text.matchAll(/(?:^|[;{}/gpIeM\d\s])w[ \t]+([^\s;}]+)/g)])
    return written.map(([, path = '']) => file(literalWord(path), 'write'))
  }
  if (name !== 'xargs' && name !== 'parallel') return []
  const at = words.findIndex(({ text }) => text === '-a' || text === '--arg-file')
  const word = at > 0 ? words[at + 1] : undefined
  return word ? [file(word, 'read')] : []
}

/** What is copied or moved is read, with all that is in it; the last file is written, or what has the same name in it. */
function copiedFiles(name: string, words: readonly Word[], accesses: readonly Access[], shell: ShellState): SeenFile[] {
  const folder = targetFolder(name, words)
  const last = accesses.at(-1)
  const into: Access | undefined = folder
    ? { name, purpose: 'write', word: folder, namesOnly: false, maybe: false }
    : last
  if (!into) return []
  const sources = folder ? accesses.filter(({ word }) => word !== folder) : accesses.slice(0, -1)
  const read = (access: Access): SeenFile => ({
    ...seenFile({ ...access, purpose: 'read' }, shell),
    whole: name !== 'ln',
  })
  const target = seenFile(into, shell)
  // Through a link to it, a file can be changed as well.
  const moved = name === 'mv' || name === 'ln'
  return [
    ...sources.map(read),
    ...(moved ? sources.map((access) => ({ ...seenFile(access, shell), whole: true })) : []),
    {
      ...target,
      paths: target.paths.flatMap((path) => [path, ...sources.map(({ word }) => `${path}/${baseOf(word)}`)]),
    },
    // `ln` with a name alone: the last may be read as well.
    ...(folder ? [] : [{ ...read(into), whole: false }]),
  ]
}

/** The folder of `-t FOLDER`, `-rt FOLDER` and `--target-directory=FOLDER`. */
function targetFolder(name: string, words: readonly Word[]): Word | undefined {
  if (name === 'scp' || name === 'rsync') return undefined
  for (const [at, word] of words.entries()) {
    const [, glued] = /^--target-directory=(.+)$|^-t(.+)$/s.exec(word.text)?.filter(Boolean) ?? []
    if (glued !== undefined) return partOf(word, glued)
    if (/^-\w*t$|^--target-directory$/.test(word.text)) return words[at + 1]
  }
  return undefined
}

function baseOf({ text }: Word): string {
  return text.replace(/\/+$/, '').split('/').at(-1) ?? ''
}

/** The words behind git's own options: `push` of `git -C DIR -c key=value push`. */
export function behindGitOptions(words: readonly Word[]): readonly Word[] {
  let at = 1
  while (words[at]?.text.startsWith('-')) {
    at += /^-[Cc]$|^--(?:git-dir|work-tree|namespace|exec-path)$/.test(words[at]?.text ?? '') ? 2 : 1
  }
  return words.slice(at)
}

/** A file that a command touches, and where it may lie. */
export function seenFile({ purpose, word, namesOnly }: Access, shell: ShellState): SeenFile {
  return { purpose, text: word.raw, namesOnly, whole: false, ...candidatePaths(word, shell) }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}
