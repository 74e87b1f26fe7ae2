import { readFileSync } from 'node:fs'
import { findMember, listItems, type Range, wholeRange } from '../request/json-ranges.js'

/** Where the values of a JSON file stand: the file is read once, and a list's lines are counted in one pass. */
export interface JsonLines {
  /** The line of the value of a path of keys; 1 where there is none. */
  lineOf(path: readonly string[]): number
  /** The lines of the entries of a list; empty where there is none. */
  linesOfItems(path: readonly string[]): number[]
}

/** Reads the lines of a file; a file that cannot be read has everything on line 1. */
export function readJsonLines(file: string): JsonLines {
  const text = read(file)
  const rangeOf = (path: readonly string[]): Range | null => {
    let place: Range | null = text === null ? null : wholeRange(text)
    for (const key of path) place = place && text && findMember(text, place, key)
    return place
  }
  return {
    lineOf: (path) => linesAt(text, [rangeOf(path)?.start ?? 0])[0] ?? 1,
    linesOfItems(path) {
      const range = rangeOf(path)
      const items = range && text ? (listItems(text, range) ?? []) : []
      return linesAt(
        text,
        items.map(({ start }) => start),
      )
    },
  }
}

/** The lines of offsets that are in order. */
function linesAt(text: Buffer | null, offsets: readonly number[]): number[] {
  let line = 1
  let at = 0
  return offsets.map((offset) => {
    for (; at < offset; at++) if (text?.[at] === 0x0a) line++
    return line
  })
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch {
    return null
  }
}
