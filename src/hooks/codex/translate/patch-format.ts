/** One hunk of a changed file: the old and new lines, both with context. */
export interface Hunk {
  /** The text after `@@ `; null for a hunk without that line. */
  readonly header: string | null
  readonly old: readonly string[]
  readonly new: readonly string[]
  readonly endOfFile: boolean
}

/** One file of a patch in codex's format. */
export type FileChange =
  | { readonly kind: 'add'; readonly path: string; readonly lines: readonly string[] }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'update'; readonly path: string; readonly to: string | null; readonly hunks: readonly Hunk[] }

const BEGIN = '*** Begin Patch'
const END = '*** End Patch'
const END_OF_FILE = '*** End of File'

/** Parses a patch as leniently as codex's `apply_patch`; null if the text is not a patch. */
export function parsePatch(text: string): FileChange[] | null {
  const lines = bare(text).split(/\r?\n/)
  if (lines[0]?.trim() !== BEGIN || lines.at(-1)?.trim() !== END) return null
  const body = lines.slice(1, -1)
  const changes: FileChange[] = []
  let at = 0
  while (at < body.length) {
    const read = readChange(body, at)
    if (read === null) return null
    changes.push(read.change)
    at = read.next
  }
  return changes.length === 0 ? null : changes
}

/** Returns the files named in the headers of a patch, even if the rest cannot be parsed. */
export function namedFiles(text: string): string[] {
  const names = text.matchAll(/^\s*\*\*\* (?:(?:Add|Delete|Update) File|Move to):(.*)$/gm)
  return [...new Set([...names].map(([, name]) => (name ?? '').trim()).filter(Boolean))]
}

/** Formats changes as a patch, with the meaning that `parsePatch` read. */
export function formatPatch(changes: readonly FileChange[]): string {
  return `${[BEGIN, ...changes.flatMap(formatChange), END].join('\n')}\n`
}

/** Removes a here-document around a patch, which models sometimes write and codex accepts. */
function bare(text: string): string {
  const trimmed = text.trim()
  const heredoc = /^<<(['"]?)EOF\1\r?\n([\s\S]*)\r?\nEOF$/.exec(trimmed)
  return (heredoc?.[2] ?? trimmed).trim()
}

function after(line: string | undefined, marker: string): string | null {
  const text = line?.trim() ?? ''
  return text.startsWith(marker) ? text.slice(marker.length).trim() : null
}

function readChange(lines: readonly string[], start: number): { change: FileChange; next: number } | null {
  const line = lines[start]
  const added = after(line, '*** Add File:')
  if (added !== null) {
    let next = start + 1
    const content: string[] = []
    while (lines[next]?.startsWith('+')) content.push(lines[next++]?.slice(1) ?? '')
    return { change: { kind: 'add', path: added, lines: content }, next }
  }
  const deleted = after(line, '*** Delete File:')
  if (deleted !== null) return { change: { kind: 'delete', path: deleted }, next: start + 1 }
  const updated = after(line, '*** Update File:')
  return updated === null ? null : readUpdate(lines, start + 1, updated)
}

function readUpdate(
  lines: readonly string[],
  start: number,
  path: string,
): { change: FileChange; next: number } | null {
  const to = after(lines[start], '*** Move to:')
  let next = to === null ? start : start + 1
  const hunks: Hunk[] = []
  while (next < lines.length) {
    const line = lines[next] ?? ''
    if (line.startsWith('***')) break
    if (line.trim() === '') {
      next += 1
      continue
    }
    const read = readHunk(lines, next)
    if (read === null) return null
    hunks.push(read.hunk)
    next = read.next
  }
  return { change: { kind: 'update', path, to, hunks }, next }
}

function readHunk(lines: readonly string[], start: number): { hunk: Hunk; next: number } | null {
  const header = /^@@(?: (.*))?$/.exec(lines[start] ?? '')
  let next = header ? start + 1 : start
  const [before, added]: [string[], string[]] = [[], []]
  const hunk = (endOfFile: boolean): Hunk => ({ header: header?.[1] ?? null, old: before, new: added, endOfFile })
  const first = next
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? ''
    if (line === END_OF_FILE) return next === first ? null : { hunk: hunk(true), next: next + 1 }
    const [mark, rest] = [line[0] ?? ' ', line.slice(1)]
    if (mark !== '+' && mark !== '-' && mark !== ' ') break
    if (mark !== '+') before.push(rest)
    if (mark !== '-') added.push(rest)
  }
  return next === first ? null : { hunk: hunk(false), next }
}

function formatChange(change: FileChange): string[] {
  if (change.kind === 'delete') return [`*** Delete File: ${change.path}`]
  if (change.kind === 'add') return [`*** Add File: ${change.path}`, ...change.lines.map((line) => `+${line}`)]
  const moved = change.to === null ? [] : [`*** Move to: ${change.to}`]
  return [`*** Update File: ${change.path}`, ...moved, ...change.hunks.flatMap(formatHunk)]
}

function formatHunk({ header, old, new: added, endOfFile }: Hunk): string[] {
  let start = 0
  while (start < old.length && start < added.length && old[start] === added[start]) start += 1
  let end = 0
  while (end < old.length - start && end < added.length - start && old.at(-1 - end) === added.at(-1 - end)) end += 1
  return [
    header === null ? '@@' : `@@ ${header}`.trimEnd(),
    ...old.slice(0, start).map((line) => ` ${line}`),
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...added.slice(start, added.length - end).map((line) => `+${line}`),
    ...old.slice(old.length - end).map((line) => ` ${line}`),
    ...(endOfFile ? [END_OF_FILE] : []),
  ]
}
