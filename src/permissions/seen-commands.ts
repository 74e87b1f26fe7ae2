import { expandGlob } from './expand-glob.js'
import { changedFolder, redirectionAccesses } from './file-access.js'
import { innerCommands, programName } from './inner-commands.js'
import { literalWord } from './literal-word.js'
import { parseScript } from './parse-script.js'
import type { Script, SimpleCommand, Word } from './script.js'
import { behindGitOptions, filesOfWords, type SeenFile, seenFile } from './seen-files.js'
import { candidatePaths, type ShellState, textsOf } from './word-values.js'

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
  readonly shell: ShellState
  /** Names of files are added to its words when it runs: by xargs and find. */
  readonly fed: boolean
}

const FEEDING: ReadonlySet<string> = new Set(['xargs', 'parallel', 'find'])

/** Looks for every command that a line runs, behind wrappers and in nested scripts, and for the files they touch. */
export function seenCommands(text: string, script: Script, { cwd, home }: { cwd: string; home: string }): SeenCommands {
  const draft: Draft = { texts: new Set([text]), files: [], unknown: undefined }
  readScript(script, { starts: [cwd], home }, draft, DEEPEST)
  return draft
}

/** Reads a script into the draft and returns where it may have led. */
function readScript(script: Script, outside: ShellState, draft: Draft, depth: number): ShellState {
  if (script.error) draft.unknown ??= `it is not understood (${script.error.message})`
  let shell: ShellState = { ...outside, variables: new Map([...(outside.variables ?? []), ...script.variables]) }
  if (depth === 0 || script.commands.length > MOST_COMMANDS) {
    draft.unknown ??= 'it holds too many commands'
    return shell
  }
  for (const command of script.commands) {
    draft.texts.add(command.raw)
    for (const access of redirectionAccesses(command)) draft.files.push(seenFile(access, shell))
    shell = readCommand(command, shell, draft, depth)
  }
  return shell
}

/** Reads a command, every command behind its wrappers and the scripts it hands on; returns where the next one may stand. */
function readCommand(command: SimpleCommand, outside: ShellState, draft: Draft, depth: number): ShellState {
  let after = outside
  const left: Inner[] = [{ words: command.words, shell: outside, fed: false }]
  for (let round = 0; round < MOST_INNER; round++) {
    const next = left.shift()
    if (next === undefined) return after
    const shell = stateWithin(next)
    for (const words of withName(next.words, shell, draft)) {
      readWords({ words, shell, fed: next.fed }, draft)
      const { commands, scripts, unknown } = innerCommands(words, command, shell)
      draft.unknown ??= unknown
      const fed = next.fed || FEEDING.has(programName(words))
      left.push(...commands.map((each) => ({ words: each, shell, fed })))
      for (const text of scripts) {
        draft.texts.add(text.trim())
        const led = readScript(parseScript(text), shell, draft, depth - 1)
        if (programName(words) === 'eval') after = { ...led, variables: after.variables }
      }
      after = stateAfter(words, after)
    }
  }
  draft.unknown ??= 'it holds too many commands'
  return after
}

/** The words of a command with each name that it may have: what a variable puts there may be several words. */
function withName(words: readonly Word[], shell: ShellState, draft: Draft): Array<readonly Word[]> {
  const [first, ...rest] = words
  if (first === undefined) return []
  const names = namesOf(first, shell)
  if (!names) {
    draft.unknown ??= `the name of the command '${first.raw}' is not known before it runs`
    return [words]
  }
  return names.map((name) => [...(name === first.text ? [first] : literalWords(name)), ...rest])
}

/** The names that a word may stand for as a command; a pattern is what it names now. */
function namesOf(word: Word, shell: ShellState): string[] | undefined {
  const names = textsOf(word, shell)
  if (!word.glob || !names) return names
  const expanded = names.map((name) => expandGlob(shell.starts[0] ?? '/', name))
  return expanded.every((each) => each !== undefined) ? [...names, ...expanded.flat()] : undefined
}

function literalWords(text: string): Word[] {
  return text.split(/\s+/).filter(Boolean).map(literalWord)
}

function readWords({ words, shell, fed }: Inner, draft: Draft): void {
  for (const text of textsOfWords(words, shell)) draft.texts.add(text)
  draft.files.push(...filesOfWords(words, shell, fed))
}

/** A command's words as texts: with and without quotes, without the folder of the program, its variables filled in. */
function textsOfWords(words: readonly Word[], shell: ShellState): string[] {
  const [, ...rest] = words
  const plain = words.map(({ text }) => text).join(' ')
  const texts = [words.map(({ raw }) => raw).join(' '), plain]
  if (words.length > MOST_WORDS) return texts
  const name = programName(words)
  const filled = combined(rest.map((word) => textsOf(word, shell) ?? [word.text]))
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

/** Where a command runs: `git -C DIR` and `env -C DIR` go elsewhere first. */
function stateWithin({ words, shell }: Inner): ShellState {
  const name = programName(words)
  if (name !== 'git' && name !== 'env') return shell
  const at = words.findIndex(({ text }) => text === '-C' || text === '--chdir')
  const folder = at > 0 ? words[at + 1] : undefined
  if (!folder) return shell
  const { paths, sure } = candidatePaths(folder, shell)
  return { ...shell, starts: paths.length > 0 ? paths : shell.starts, lost: shell.lost === true || !sure }
}

/** Where the next commands may stand: a `cd` may fail or not be reached, so that the folders before stay. */
function stateAfter(words: readonly Word[], shell: ShellState): ShellState {
  const name = words[0]?.text
  if (name !== 'cd' && name !== 'pushd') return shell
  const folders = changedFolder(words, shell)
  if (!folders || shell.starts.length > 16) return { ...shell, lost: true }
  return { ...shell, starts: [...new Set([...shell.starts, ...folders])] }
}
