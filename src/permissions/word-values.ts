import { resolve } from 'node:path'
import { expandBraces } from './expand-braces.js'
import { expandGlob } from './expand-glob.js'
import { followPath } from './follow-path.js'
import type { Word } from './script.js'

/** What a shell knows at a place of a script: its folders and variables, which give the words their values. */
export interface ShellState {
  /** The folders a command may stand in: more than one after a `cd`. */
  readonly starts: readonly string[]
  /** A `cd` led where it cannot be told. */
  readonly lost?: boolean
  readonly home: string
  /** What the variables that the script sets itself may hold; null for one that is not known. */
  readonly variables?: ReadonlyMap<string, readonly Word[] | null>
}

/** One text that a word may stand for. */
interface Value {
  readonly text: string
  readonly glob: boolean
  /** A variable without quotes is in it. */
  readonly split: boolean
}

/** A word that may stand for more texts than this counts as unknown. */
const MOST_VALUES = 64
/** A variable may be set from another one, so often. */
const DEEPEST = 4

/** Every text that a word may stand for, patterns unexpanded; undefined where that shows only when it runs. */
export function textsOf(word: Word, shell: ShellState): string[] | undefined {
  return valuesOf(word, shell, shell.starts[0] ?? '/', DEEPEST)?.map(({ text }) => text)
}

/** Where a word may lie; `sure` when it can lie nowhere else. */
export interface Candidates {
  readonly paths: readonly string[]
  readonly sure: boolean
}

/**
 * The absolute paths a word may stand for, from each folder of `shell`: as written and with its links followed. Those of a
 * pattern are the files that it names now, and its folder.
 */
export function candidatePaths(word: Word, shell: ShellState): Candidates {
  const paths = new Set<string>()
  let sure = true
  for (const start of shell.starts) {
    const values = valuesOf(word, shell, start, DEEPEST)
    // Without quotes a value is split at its blanks.
    if (!values || values.some(({ text, split }) => text.includes('\0') || (split && /\s/.test(text)))) {
      return { paths: [], sure: false }
    }
    for (const { text, glob } of values) {
      if (shell.lost === true && !text.startsWith('/')) sure = false
      const matched = glob ? expandGlob(start, text) : []
      if (matched === undefined) sure = false
      for (const each of glob ? [folderOf(text), ...(matched ?? [])] : [text]) {
        // The kernel's name for the folder that the command stands in.
        const path = each.replace(/^\/proc\/(?:self|thread-self)\/cwd(?=\/|$)/, start)
        paths.add(resolve(start, path)).add(followPath(start, path))
      }
    }
  }
  return { paths: [...paths], sure }
}

/** The same paths; undefined where they show only when the command runs. */
export function pathsOf(word: Word, shell: ShellState): readonly string[] | undefined {
  const { paths, sure } = candidatePaths(word, shell)
  return sure ? paths : undefined
}

/** Whether a path climbs by `..` behind the name of a folder, which may be a link. */
export function climbsBehindName(text: string): boolean {
  const names = text.split('/').filter((name) => name !== '' && name !== '.')
  const first = names.findIndex((name) => name !== '..')
  return first >= 0 && names.slice(first).includes('..')
}

function folderOf(pattern: string): string {
  const fixed = pattern.slice(0, pattern.search(/[*?[]/))
  const end = fixed.lastIndexOf('/')
  return end < 0 ? '.' : fixed.slice(0, end + 1)
}

function valuesOf(word: Word, shell: ShellState, start: string, depth: number): Value[] | undefined {
  if (depth === 0 || word.constructs.some((construct) => construct !== 'ansi-c string')) return undefined
  let values: Value[] = [{ text: '', glob: word.glob, split: false }]
  for (const part of word.parts) {
    const next =
      typeof part === 'string'
        ? [{ text: part, glob: false, split: false }]
        : ofVariable(part.variable, word.quoted, shell, start, depth)
    if (!next || next.length * values.length > MOST_VALUES) return undefined
    values = values.flatMap((value) =>
      next.map(({ text, glob, split }) => ({
        text: value.text + text,
        glob: value.glob || glob,
        split: value.split || split,
      })),
    )
  }
  if (word.brace) {
    const expanded = values.map(({ text, glob, split }) =>
      expandBraces(text)?.map((each) => ({ text: each, glob, split })),
    )
    if (!allDefined(expanded)) return undefined
    values = expanded.flat()
  }
  if (!word.tilde) return values
  const home = (text: string): string => shell.home + text.slice(1)
  if (values.some(({ text }) => text !== '~' && !text.startsWith('~/'))) return undefined
  return values.map((value) => ({ ...value, text: home(value.text) }))
}

function ofVariable(
  name: string,
  quoted: boolean,
  shell: ShellState,
  start: string,
  depth: number,
): Value[] | undefined {
  if (name === 'HOME') return [{ text: shell.home, glob: false, split: false }]
  if (name === 'PWD') return [{ text: start, glob: false, split: false }]
  const words = shell.variables?.get(name)
  if (!words) return undefined
  const values = words.map((each) => valuesOf(each, shell, start, depth - 1))
  if (!allDefined(values)) return undefined
  const all = values.flat()
  // Without quotes the patterns of a value count.
  return quoted ? all : all.map(({ text, glob }) => ({ text, glob: glob || /[*?[]/.test(text), split: true }))
}

function allDefined<Item>(items: (Item | undefined)[]): items is Item[] {
  return items.every((item) => item !== undefined)
}
