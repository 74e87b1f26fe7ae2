import { lstatSync } from 'node:fs'
import { type Access, argumentAccesses, changedFolder, type Purpose, redirectionAccesses } from './file-access.js'
import { innerCommands, programName } from './inner-commands.js'
import { literalWord } from './literal-word.js'
import { parseScript } from './parse-script.js'
import { anyProgramOf, copies } from './programs.js'
import type { Script, SimpleCommand, Word } from './script.js'
import { candidatePaths, type Place, textsOf } from './word-values.js'

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
  /** A folder is changed or copied with all that is in it. */
  readonly whole: boolean
}

/** Everything a command line runs and touches, as far as its text says. */
export interface SeenCommands {
  /** The texts that a rule for commands is held against. */
  readonly texts: ReadonlySet<string>
  readonly files: readonly SeenFile[]
  /** Why there may be more commands than these, as a sentence without its full stop; undefined when there are not. */
  readonly unknown: string | undefined
}

/** Scripts in scripts are read so deep. */
const DEEPEST = 6
/** A command with more wrappers than this is not taken apart. */
const MOST_INNER = 32
/** A line with more commands than this is not taken apart. */
const MOST_COMMANDS = 1_000

type Draft = { texts: Set<string>; files: SeenFile[]; unknown: string | undefined }

/** A command behind a wrapper, and where it runs. */
interface Inner {
  readonly words: readonly Word[]
  readonly place: Place
  /** Names of files are added to its words when it runs: by xargs and find. */
  readonly fed: boolean
}

/** Programs that take folders with all that is in them. */
const WHOLE: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  read: new Set(['tar', 'zip']),
  write: new Set('rm rmdir chmod chown chgrp git'.split(' ')),
}
const FEEDING: ReadonlySet<string> = new Set(['xargs', 'parallel', 'find'])

/** Looks for every command that a line runs, behind wrappers and in nested scripts, and for the files they touch. */
export function seenCommands(text: string, script: Script, { cwd, home }: { cwd: string; home: string }): SeenCommands {
  const draft: Draft = { texts: new Set([text]), files: [], unknown: undefined }
  readScript(script, { starts: [cwd], home }, draft, DEEPEST)
  return draft
}

/** Reads a script into the draft and returns where it may have led. */
function readScript(script: Script, outside: Place, draft: Draft, depth: number): Place {
  if (script.error) draft.unknown ??= `it is not understood (${script.error.message})`
  let place: Place = { ...outside, variables: new Map([...(outside.variables ?? []), ...script.variables]) }
  if (depth === 0 || script.commands.length > MOST_COMMANDS) {
    draft.unknown ??= 'it holds too many commands'
    return place
  }
  for (const command of script.commands) {
    draft.texts.add(command.raw)
    for (const access of redirectionAccesses(command)) draft.files.push(seenFile(access, place))
    place = readCommand(command, place, draft, depth)
  }
  return place
}

/** Reads a command, every command behind its wrappers and the scripts it hands on; returns where the next one may stand. */
function readCommand(command: SimpleCommand, outside: Place, draft: Draft, depth: number): Place {
  let after = outside
  const left: Inner[] = [{ words: command.words, place: outside, fed: false }]
  for (let round = 0; round < MOST_INNER; round++) {
    const next = left.shift()
    if (next === undefined) return after
    const place = placeOf(next)
    for (const words of withName(next.words, place, draft)) {
      readWords({ words, place, fed: next.fed }, draft)
      const { commands, scripts, unknown } = innerCommands(words, command, place)
      draft.unknown ??= unknown
      const fed = next.fed || FEEDING.has(programName(words))
      left.push(...commands.map((each) => ({ words: each, place, fed })))
      for (const text of scripts) {
        draft.texts.add(text.trim())
        const led = readScript(parseScript(text), place, draft, depth - 1)
        if (programName(words) === 'eval') after = { ...led, variables: after.variables }
      }
      after = placeBehind(words, after)
    }
  }
  draft.unknown ??= 'it holds too many commands'
  return after
}

/** The words of a command with each name that it may have: what a variable puts there may be several words. */
function withName(words: readonly Word[], place: Place, draft: Draft): Array<readonly Word[]> {
  const [first, ...rest] = words
  if (first === undefined) return []
  const names = textsOf(first, place)
  if (!names) {
    draft.unknown ??= `the name of the command '${first.raw}' is not known before it runs`
    return [words]
  }
  return names.map((name) => [...(name === first.text ? [first] : literalWords(name)), ...rest])
}

function literalWords(text: string): Word[] {
  return text.split(/\s+/).filter(Boolean).map(literalWord)
}

function readWords({ words, place, fed }: Inner, draft: Draft): void {
  for (const text of textsOfWords(words, place)) draft.texts.add(text)
  const name = programName(words)
  const program = anyProgramOf(name)
  if (!program) return
  if (fed && program.paths !== 'none') {
    const purpose = program.kind === 'writes' ? 'write' : 'read'
    const hidden = { text: `what ${name} is given`, paths: [], sure: false, whole: false, namesOnly: program.namesOnly }
    draft.files.push({ ...hidden, purpose })
  }
  const plain = [literalWord(name), ...(name === 'git' ? behindGitOptions(words) : words.slice(1))]
  const accesses = argumentAccesses(plain, program).filter(({ word }) => !/^[a-z][a-z\d+.-]+:\/\//i.test(word.text))
  if (TO_LAST.has(name)) return void draft.files.push(...copiedFiles(name, accesses, place))
  for (const access of accesses) {
    const file = { ...seenFile(access, place), whole: WHOLE[access.purpose].has(name) }
    if (access.maybe && !file.paths.some(exists)) continue
    draft.files.push(file)
    if (access.purpose === 'write' && copies(name)) {
      draft.files.push({ ...file, purpose: 'read', whole: WHOLE.read.has(name) })
    }
    const [, named] = /^(?:[\w.-]*=)?@(.+)$/s.exec(access.word.text) ?? []
    if (name === 'curl' && named !== undefined) {
      draft.files.push(seenFile({ ...access, purpose: 'read', word: literalWord(named) }, place))
    }
  }
}

/** Programs whose last argument is where the others go. */
const TO_LAST: ReadonlySet<string> = new Set('cp mv ln install scp rsync'.split(' '))

/** What is copied or moved is read, with all that is in it; the last file is written, or what has the same name in it. */
function copiedFiles(name: string, accesses: readonly Access[], place: Place): SeenFile[] {
  const last = accesses.at(-1)
  if (!last) return []
  const sources = accesses.slice(0, -1)
  const read = (access: Access): SeenFile => ({
    ...seenFile({ ...access, purpose: 'read' }, place),
    whole: name !== 'ln',
  })
  const target = seenFile(last, place)
  return [
    ...sources.map(read),
    ...(name === 'mv' ? sources.map((access) => ({ ...seenFile(access, place), whole: true })) : []),
    {
      ...target,
      paths: target.paths.flatMap((path) => [path, ...sources.map(({ word }) => `${path}/${baseOf(word)}`)]),
    },
    // `-t FOLDER`, and `ln` with a name alone: the last may be read as well.
    { ...read(last), whole: false },
  ]
}

function baseOf({ text }: Word): string {
  return text.replace(/\/+$/, '').split('/').at(-1) ?? ''
}

/** A command's words as texts: with and without quotes, without the folder of the program, its variables filled in. */
function textsOfWords(words: readonly Word[], place: Place): string[] {
  const [, ...rest] = words
  const plain = words.map(({ text }) => text).join(' ')
  const texts = [words.map(({ raw }) => raw).join(' '), plain]
  if (words.length > MOST_WORDS) return texts
  const name = programName(words)
  const filled = combined(rest.map((word) => textsOf(word, place) ?? [word.text]))
  texts.push(...filled.flatMap((behind) => [(words[0]?.text ?? '') + behind, name + behind]))
  if (name === 'git') texts.push(['git', ...behindGitOptions(words).map(({ text }) => text)].join(' '))
  return texts
}

/** A command of more words is not filled in. */
const MOST_WORDS = 500
const MOST_TEXTS = 64

/** Every way to take one text of each word, as far as there are not too many; each text begins with a blank. */
function combined(words: readonly (readonly string[])[]): string[] {
  let all = ['']
  for (const texts of words) {
    const counted = all.length * texts.length > MOST_TEXTS ? texts.slice(0, 1) : texts
    all = all.flatMap((before) => counted.map((text) => `${before} ${text}`))
  }
  return all
}

/** The words behind git's own options: `push` of `git -C DIR -c key=value push`. */
function behindGitOptions(words: readonly Word[]): readonly Word[] {
  let at = 1
  while (words[at]?.text.startsWith('-')) {
    at += /^-[Cc]$|^--(?:git-dir|work-tree|namespace|exec-path)$/.test(words[at]?.text ?? '') ? 2 : 1
  }
  return words.slice(at)
}

function seenFile({ purpose, word, namesOnly }: Access, place: Place): SeenFile {
  return { purpose, text: word.raw, namesOnly, whole: false, ...candidatePaths(word, place) }
}

/** Where a command runs: `git -C DIR` and `env -C DIR` go elsewhere first. */
function placeOf({ words, place }: Inner): Place {
  const name = programName(words)
  if (name !== 'git' && name !== 'env') return place
  const at = words.findIndex(({ text }) => text === '-C' || text === '--chdir')
  const folder = at > 0 ? words[at + 1] : undefined
  if (!folder) return place
  const { paths, sure } = candidatePaths(folder, place)
  return { ...place, starts: paths.length > 0 ? paths : place.starts, lost: place.lost === true || !sure }
}

/** Where the next commands may stand: a `cd` may fail or not be reached, so that the folders before stay. */
function placeBehind(words: readonly Word[], place: Place): Place {
  const name = words[0]?.text
  if (name !== 'cd' && name !== 'pushd') return place
  const folders = changedFolder(words, place)
  if (!folders || place.starts.length > 16) return { ...place, lost: true }
  return { ...place, starts: [...new Set([...place.starts, ...folders])] }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}
