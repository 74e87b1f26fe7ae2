import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JsonObject } from '../../../request/request-body.js'
import { type FileChange, formatPatch, type Hunk, parsePatch } from './patch-format.js'
import type { ToolUse } from './tool-use.js'

/** The most of a file that is read to show what is deleted or moved, in bytes. */
const SHOWN_LIMIT = 1024 * 1024

/** The `Write` and `Edit` calls that a patch comes to, one a file and hunk; null for a text that is no patch. */
export function patchUses(command: string, cwd: string): ToolUse[] | null {
  const changes = parsePatch(command)
  return changes?.flatMap((change, index) => changeUses(changes, change, index, cwd)) ?? null
}

/** The patch with what hooks made of its parts: the first that cannot be written exactly is named instead. */
export function rewritePatch(
  command: string,
  cwd: string,
  updates: ReadonlyMap<ToolUse, JsonObject>,
  uses: readonly ToolUse[],
): { command: string } | { problem: string } {
  const changes = parsePatch(command) ?? []
  const next: FileChange[] = [...changes]
  for (const [use, input] of updates) {
    const place = placeOf(uses, use, changes, cwd)
    const change = place && next[place.change]
    const replaced = change && replaceIn(change, place.hunk, use.input, input, cwd)
    if (!place || !replaced) return { problem: `its new input for ${String(use.input.file_path)} is no exact patch` }
    next[place.change] = replaced
  }
  return { command: formatPatch(next) }
}

/** Which change, and which hunk of it, a call stands for: the calls are in the order of the patch. */
function placeOf(
  uses: readonly ToolUse[],
  use: ToolUse,
  changes: readonly FileChange[],
  cwd: string,
): { change: number; hunk: number | null } | null {
  let at = uses.indexOf(use)
  for (const [change, value] of changes.entries()) {
    const count = changeUses(changes, value, change, cwd).length
    if (at >= count) {
      at -= count
      continue
    }
    if (value.kind === 'add') return { change, hunk: null }
    return value.kind === 'update' && at < value.hunks.length ? { change, hunk: at } : null
  }
  return null
}

function replaceIn(
  change: FileChange,
  hunk: number | null,
  before: JsonObject,
  after: JsonObject,
  cwd: string,
): FileChange | null {
  if (change.kind === 'add') {
    const { file_path: path, content } = after
    // Every line of an added file ends with a line end: without the last one the file could not be written.
    if (typeof path !== 'string' || typeof content !== 'string' || !content.endsWith('\n')) return null
    if (content.includes('\r')) return null
    const name = path === before.file_path ? change.path : path
    return { kind: 'add', path: name, lines: content.slice(0, -1).split('\n') }
  }
  if (change.kind !== 'update' || hunk === null) return null
  const { file_path: path, old_string: old, new_string: text, replace_all: all } = after
  const same = typeof path === 'string' && resolve(cwd, path) === before.file_path && old === before.old_string
  if (!same || typeof text !== 'string' || all === true || text.includes('\r')) return null
  const hunks = change.hunks.map((value, index) => (index === hunk ? withText(value, text) : value))
  return { ...change, hunks }
}

function withText(hunk: Hunk, text: string): Hunk {
  return { ...hunk, new: text === '' ? [] : text.split('\n') }
}

function changeUses(changes: readonly FileChange[], change: FileChange, index: number, cwd: string): ToolUse[] {
  const file = resolve(cwd, change.path)
  if (change.kind === 'add') return [write(file, joined(change.lines))]
  // What Claude Code has no tool for is shown as what it does to the file, so that its rules see the path.
  if (change.kind === 'delete') return [edit(file, contentOf(file), '')]
  const edits = change.hunks.map((hunk) => edit(file, hunk.old.join('\n'), hunk.new.join('\n')))
  if (change.to === null) return edits
  const moved = resolve(cwd, change.to)
  const untouched = changes.slice(0, index).every(({ path }) => resolve(cwd, path) !== file)
  const content = untouched ? applied(contentOf(file), change.hunks) : contentOf(file)
  return [...(edits.length ? edits : [edit(file, contentOf(file), '')]), write(moved, content)]
}

function write(file: string, content: string): ToolUse {
  return { name: 'Write', input: { file_path: file, content } }
}

function edit(file: string, before: string, after: string): ToolUse {
  return {
    name: 'Edit',
    input: { file_path: file, old_string: before, new_string: after, replace_all: false },
  }
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function contentOf(file: string): string {
  try {
    const stats = statSync(file)
    // A device would never end.
    return stats.isFile() && stats.size <= SHOWN_LIMIT ? readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

/** A moved file as it will be; the hunks alone where they do not fit its text to the letter. */
function applied(text: string, hunks: readonly Hunk[]): string {
  let result = text
  let from = 0
  for (const hunk of hunks) {
    const [before, after] = [joined(hunk.old), joined(hunk.new)]
    const at = result.indexOf(before, from)
    if (at === -1) return hunks.map(({ new: lines }) => joined(lines)).join('')
    result = result.slice(0, at) + after + result.slice(at + before.length)
    from = at + after.length
  }
  return result
}
