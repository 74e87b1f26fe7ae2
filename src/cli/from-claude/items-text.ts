import { printableLine } from '../../terminal/printable.js'
import type { Paint } from '../../view/paint.js'
import { wrap } from '../doctor/report-text.js'
import { type ClaudeFolder, type Item, works } from './item.js'

/** The most names that one row shows. */
const NAMES = 6

/** Several things with the same fate, as one row. */
export interface ItemGroup {
  readonly items: readonly Item[]
  /** The names of the things, the first few of many. */
  readonly what: string
  readonly does: string
  readonly change: string
}

/** Joins the things of a folder that have the same fate, in the order in which each fate appears first. */
export function groupItems(items: readonly Item[]): ItemGroup[] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = JSON.stringify([kindOf(item), item.does, item.change])
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()].map((group) => {
    const [{ does, change } = { does: '', change: '' }] = group
    return { items: group, what: namesOf(group), does, change }
  })
}

/** Formats the folders for a terminal: what works first, then each thing that does not, with what to change. */
export function itemsText(folders: readonly ClaudeFolder[], paint: Paint, width: number): string {
  if (folders.length === 0) return 'There is no .claude folder here, and none in your home folder.'
  return folders.map((folder) => folderText(folder, paint, width)).join('\n\n')
}

function folderText({ folder, items }: ClaudeFolder, paint: Paint, width: number): string {
  const groups = groupItems(items)
  const fine = groups.filter(({ items: [first] }) => first !== undefined && works(first))
  const rest = groups.filter((group) => !fine.includes(group))
  const indented = (text: string): string =>
    wrap(printableLine(text), Math.max(30, width - INDENT.length)).join(`\n${INDENT}`)
  return [
    paint.bold(printableLine(folder)),
    ...fine.map(({ what, does }) => `  ${paint.green('good')}  ${indented(`${what}: ${does}`)}`),
    ...rest.flatMap(({ items: [first], what, does, change }) => [
      `  ${paint.cyan('note')}  ${indented(`${what}: ${does}`)}`,
      `${INDENT}${indented(`change: ${change}`)}`,
      `${INDENT}${paint.dim(printableLine(first?.path ?? ''))}`,
    ]),
  ].join('\n')
}

const INDENT = ' '.repeat(8)

/** The words before the name: `rule deny`, `hook of`. */
function kindOf({ what }: Item): string {
  return /^(?:rule \w+|hook of \w+|MCP server|output style|agent memory|\S+)/.exec(what)?.[0] ?? what
}

function namesOf(group: readonly Item[]): string {
  const [first] = group
  if (first === undefined) return ''
  if (group.length === 1) return first.what
  const kind = kindOf(first)
  const names = group.map(({ what }) => what.slice(kind.length).trim()).filter((name) => name !== '')
  const shown = names.slice(0, NAMES).join(', ')
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : ''
  return names.length === 0 ? `${kind} (${group.length})` : `${kind} ${shown}${more}`
}
