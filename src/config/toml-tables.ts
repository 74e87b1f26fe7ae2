import { isObject } from '../json.js'
import { parseTomlValue } from './toml.js'

/** A TOML table. */
export type Table = Readonly<Record<string, unknown>>

/** Returns a value if it is a table, else an empty one. */
export function asTable(value: unknown): Table {
  return isObject(value) ? value : {}
}

/** Merges two tables as codex merges its layers: tables key by key, any other value replaces the one below. */
export function mergeTables(below: Table, above: Table): Table {
  const merged: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    merged[key] = isObject(value) && isObject(merged[key]) ? mergeTables(merged[key], value) : value
  }
  return merged
}

/** Returns the table that `-c key=value` arguments make: in order, each value replaces the previous value of its path. */
export function tableOfOverrides(overrides: ReadonlyArray<{ readonly key: string; readonly value: string }>): Table {
  const root: Record<string, unknown> = {}
  for (const { key, value } of overrides) {
    const path = key.split('.')
    const last = path.pop() ?? ''
    let table = root
    for (const name of path) {
      table[name] = { ...asTable(table[name]) }
      table = table[name] as Record<string, unknown>
    }
    table[last] = parseTomlValue(value)
  }
  return root
}
