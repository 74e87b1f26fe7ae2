import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JsonObject } from '../../../request/request-body.js'
import { type FileChange, formatPatch, type Hunk, parsePatch } from './patch-format.js'
import type { ToolUse } from './tool-use.js'

/** Size limit of a file whose content is read for a deletion or a move, in bytes. */
const SHOWN_LIMIT = 1024 * 1024

/** Translates a patch to `Write` and `Edit` calls, one per file and hunk; null if the text is not a patch. */
export function patchUses(command: string, cwd: string): ToolUse[] | null {
  const changes = parsePatch(command)
  return changes?.flatMap((change, index) => changeUses(changes, change, index, cwd)) ?? null
}

/** Returns the patch with the inputs that hooks updated, or the problem with the first one that cannot be written exactly. */
export function rewritePatch(
  command: string,
  cwd: string,
  updates: ReadonlyMap<ToolUse, JsonObject>,
  uses: readonly ToolUse[],
): { command: string } | { problem: string } {
  const changes = parsePatch(command) ?? []
  const next: FileChange[] = [...changes]
  for (const [use, input] of updates) {
    const target = findTarget(uses, use, changes, cwd)
    const change = target && next[target.change]
    const replaced = change && replaceIn(change, target.hunk, use.input, input, cwd)
    if (!target || !replaced) {
      return { problem: `it cannot be written as an exact patch of ${String(use.input.file_path)}` }
    }
    next[target.change] = replaced
  }
  return { command: formatPatch(next) }
}

/** Finds the change, and the hunk in it, that a call represents; the calls are in the order of the patch. */
function findTarget(
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
    // In a patch, every line of an added file ends with a newline, so the content must end with one.
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
  // Claude Code has no tool for deletions and moves: show their effect on the file, so that rules see the path.
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
    // Reading a device might never end.
    return stats.isFile() && stats.size <= SHOWN_LIMIT ? readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

/** Returns the content of a moved file after its hunks; only the new lines if the hunks do not match its text exactly. */
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
