import { printableLine } from '../terminal/printable.js'
import type { CommandFile, CommandIndex } from './discover-commands.js'
import { describeCommand, isUserInvocable, readCommand } from './read-command.js'

/** One row of the list of commands. */
export interface CommandRow {
  readonly name: string
  readonly source: CommandFile['source'] | 'module' | 'built-in'
  readonly kind: 'command' | 'skill' | 'module' | 'prompt' | 'workflow'
  /** Its file; null when it has none. */
  readonly path: string | null
  readonly description: string
  readonly argumentHint: string | null
  /** Whether another file of this name is used instead. */
  readonly shadowed: boolean
  /** Whether the user may type it. */
  readonly invocable: boolean
  /** Why the file or its metadata could not be read. */
  readonly problem: string | null
}

/** Returns the commands of an index as rows, sorted by name; with `all` also the shadowed ones. */
export function listCommands(index: CommandIndex, all = false): CommandRow[] {
  const rows = [...index.commands.values()].map((file) => rowOf(file, false))
  const hidden = all ? index.shadowed.map((file) => rowOf(file, true)) : []
  return sortRows([...rows, ...hidden])
}

/** Sorts rows by name; of equal names the one that is used comes first. */
export function sortRows(rows: readonly CommandRow[]): CommandRow[] {
  return [...rows].sort((a, b) => a.name.localeCompare(b.name) || Number(a.shadowed) - Number(b.shadowed))
}

/** Formats the list as text, one line per command; control characters from files are made harmless to the terminal. */
export function listText(rows: readonly CommandRow[], problems: readonly string[]): string {
  if (rows.length === 0) return 'No slash commands were found. Create one as .claude/commands/NAME.md.'
  const usages = rows.map(({ name, argumentHint }) => `/${name}${argumentHint === null ? '' : ` ${argumentHint}`}`)
  const width = Math.min(36, Math.max(...usages.map(({ length }) => length)))
  const lines = rows.map((row, at) => `${(usages[at] ?? '').padEnd(width)}  ${describeRow(row)}`)
  return [...lines, ...problems].map(printableLine).join('\n')
}

function describeRow({ kind, problem, description, source, shadowed, invocable }: CommandRow): string {
  const forModel = !invocable && kind !== 'workflow'
  const notes = [source, ...(shadowed ? ['shadowed'] : []), ...(forModel ? ['for the model only'] : [])].join(', ')
  return `${problem ?? description} (${notes})`
}

function rowOf(file: CommandFile, shadowed: boolean): CommandRow {
  const { name, path, source } = file
  const kind = file.skillFolder === null ? 'command' : 'skill'
  const command = readCommand(file)
  if ('problem' in command) {
    const { problem } = command
    return { name, source, kind, path, description: '', argumentHint: null, shadowed, invocable: false, problem }
  }
  const { frontMatter, metadataProblem } = command
  const problem =
    metadataProblem === null
      ? null
      : `${path}:${metadataProblem.line}: its metadata is ignored: ${metadataProblem.message}.`
  const invocable = isUserInvocable(command)
  const argumentHint = hintOf(frontMatter['argument-hint'])
  return { name, source, kind, path, description: describeCommand(command), argumentHint, shadowed, invocable, problem }
}

/** Returns the hint as written; YAML reads `argument-hint: [pr] [branch]` as a list. */
function hintOf(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number') return String(value)
  return Array.isArray(value) ? `[${(value as unknown[]).map(String).join('] [')}]` : null
}
