import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { statsOf } from '../../../paths.js'
import { changedFolder } from '../../../permissions/file-access.js'
import { innerCommands, programName } from '../../../permissions/inner-commands.js'
import { parseScript } from '../../../permissions/parse-script.js'
import type { SimpleCommand, Word } from '../../../permissions/script.js'
import type { ShellState } from '../../../permissions/word-values.js'

/** A patch that a shell command applies with `apply_patch`, and the folders that its paths may be relative to. */
export interface ShellPatch {
  readonly text: string
  readonly folders: readonly string[]
}

/**
 * Finds the patches that a shell command applies. codex takes `apply_patch <<EOF`, also behind `cd DIR &&`, out of a command
 * and applies the patch as its own tool; its hooks see the shell command alone (codex-0.169, Added later). Where codex has
 * put `apply_patch` on the PATH, every other form applies the patch too: as an argument, from a pipe or a file, in a nested
 * shell. So each patch in a command that runs `apply_patch` anywhere counts, rather one too many than one too few.
 */
export function shellPatches(command: string, cwd: string): ShellPatch[] {
  if (!/apply_?patch/.test(command)) return []
  const taken = takenByCodex(command)
  // codex joins the folder to its own without expanding it.
  if (taken) return [{ text: taken.patch, folders: [resolve(cwd, taken.folder)] }]
  const found: Found = { runs: false, patches: new Map(), words: [] }
  readScript(command, { starts: [cwd], home: homedir() }, found, DEEPEST)
  if (!found.runs) return []
  for (const { word, folders } of found.words.slice(0, MOST_FILES)) {
    for (const folder of folders) addPatches(fileText(resolve(folder, word.text)), folders, found)
  }
  return [...found.patches].map(([text, folders]) => ({ text, folders: [...folders] }))
}

/** Returns a command with a patch of it replaced; null if the patch is not the body of the heredoc that codex itself reads. */
export function replacePatch(command: string, before: string, after: string): string | null {
  const taken = takenByCodex(command)
  return taken?.patch === before ? taken.head + after.trimEnd() + taken.tail : null
}

/** A command that is as a whole what codex takes a patch out of; the patch is as it stands there, without expansions. */
function takenByCodex(command: string): { head: string; patch: string; tail: string; folder: string } | null {
  const { head, double, single, word, patch, tail } = WHOLE.exec(command)?.groups ?? {}
  if (head === undefined || patch === undefined || tail === undefined) return null
  return { head, patch, tail, folder: double ?? single ?? word ?? '.' }
}

const PLAIN = String.raw`[^\s;&|<>()$\x60"'\\]`
const CD = String.raw`cd[ \t]+(?:"(?<double>[^"$\x60\\]*)"|'(?<single>[^']*)'|(?<word>${PLAIN}+))[ \t]*&&\s*`
const APPLY = String.raw`(?:\w+=${PLAIN}*[ \t]+)*apply_?patch[ \t]*<<[ \t]*(?<quote>['"]?)(?<end>[\w.-]+)\k<quote>[ \t]*\n`
const BODY = String.raw`(?<patch>\*{3} Begin Patch\n(?:(?!\n\k<end>\n)[\s\S])*?\n\*{3} End Patch)(?<tail>\s*\n\k<end>\s*)`
const WHOLE = new RegExp(`^(?<head>\\s*(?:${CD})?${APPLY})${BODY}$`)

interface Found {
  /** Whether `apply_patch` is one of the commands. */
  runs: boolean
  readonly patches: Map<string, Set<string>>
  /** Words that may name a file with a patch. */
  readonly words: Array<{ readonly word: Word; readonly folders: readonly string[] }>
}

const PROGRAMS: ReadonlySet<string> = new Set(['apply_patch', 'applypatch'])
const PATCH = /\*{3} Begin Patch[\s\S]*?(?:\*{3} End Patch|$)/g
/** Scripts in scripts are read this deep. */
const DEEPEST = 4
const MOST_FILES = 50
const MOST_INNER = 50
/** The most of a file with a patch that is read, in bytes. */
const FILE_LIMIT = 1024 * 1024

/** Reads a script into `found`; returns the folders that its last command may have left it in. */
function readScript(text: string, outside: ShellState, found: Found, depth: number): ShellState {
  const script = parseScript(text)
  let place: ShellState = { ...outside, variables: new Map([...(outside.variables ?? []), ...script.variables]) }
  if (script.error || depth === 0) {
    // What cannot be read is searched as it is.
    found.runs ||= /(?:^|[\s;&|(/'"`])apply_?patch(?:$|[\s<'"`)])/m.test(text)
    addPatches(text, place.starts, found)
  }
  if (depth === 0) return place
  for (const command of script.commands) place = readCommand(command, place, found, depth)
  return place
}

function readCommand(command: SimpleCommand, place: ShellState, found: Found, depth: number): ShellState {
  const { words, assignments, redirections } = command
  const given = [...words, ...assignments.map(({ value }) => value), ...redirections.map(({ target }) => target)]
  for (const word of given) {
    if (!addPatches(word.text, place.starts, found)) found.words.push({ word, folders: place.starts })
  }
  const left: Array<readonly Word[]> = [words]
  for (let round = 0; round < MOST_INNER; round += 1) {
    const next = left.shift()
    if (next === undefined) break
    found.runs ||= PROGRAMS.has(programName(next))
    const { commands, scripts } = innerCommands(next, command, place)
    left.push(...commands)
    for (const script of scripts) readScript(script, place, found, depth - 1)
  }
  return folderBehind(words, place)
}

/** A `cd` may fail or not be reached, so the folders before it stay. codex reads its argument without expanding it. */
function folderBehind(words: readonly Word[], place: ShellState): ShellState {
  if (words[0]?.text !== 'cd') return place
  const literal = words.length === 2 ? place.starts.map((start) => resolve(start, words[1]?.text ?? '')) : []
  const folders = [...(changedFolder(words, place) ?? []), ...literal]
  return { ...place, starts: [...new Set([...folders, ...place.starts])].slice(0, MOST_FOLDERS) }
}

const MOST_FOLDERS = 8

/** Adds the patches in a text; false if there is none. */
function addPatches(text: string, folders: readonly string[], { patches }: Found): boolean {
  const texts = text.match(PATCH) ?? []
  for (const patch of texts) patches.set(patch, new Set([...(patches.get(patch) ?? []), ...folders]))
  return texts.length > 0
}

function fileText(path: string): string {
  try {
    const stats = statsOf(path)
    return stats?.isFile() && stats.size <= FILE_LIMIT ? readFileSync(path, 'utf8') : ''
  } catch {
    return ''
  }
}
