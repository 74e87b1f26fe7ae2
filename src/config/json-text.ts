import { createRequire } from 'node:module'
import type { Node, ParseError, ParseOptions } from 'jsonc-parser'

/** The value of a JSON text, or the line of its first error, counted from 1. */
export type JsonRead = { readonly value: unknown } | { readonly line: number }

/** Reads JSON as it is defined: without comments, and without a comma before a closing bracket. */
export function readJson(text: string): JsonRead {
  return readWith(text, { disallowComments: true })
}

/** Reads JSON with comments and with a comma before a closing bracket. */
export function readJsonc(text: string): JsonRead {
  return readWith(text, { allowTrailingComma: true })
}

/** `JSON.parse` is many times faster than the parser with positions, which is asked only about what is not plain JSON. */
function readWith(text: string, options: ParseOptions): JsonRead {
  try {
    return { value: JSON.parse(text) }
  } catch {
    const errors: ParseError[] = []
    const value: unknown = withinStack(() => parser().parse(text, errors, options))
    if (value !== undefined && errors.length === 0) return { value }
    return { line: lineCounter(text)(errors[0]?.offset ?? 0) }
  }
}

/** The parser calls itself for each level: a text with thousands of them is more than the stack holds. Undefined then. */
function withinStack<Result>(parse: () => Result): Result | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The keys and list positions that lead to a value. */
export type JsonPath = ReadonlyArray<string | number>

/**
 * Makes the function that gives the line of a value by its path: the line of its key, or of the list item. Where the path
 * ends early, it is the line of the last part that is there. The text is read once, at the first call.
 */
export function jsonLines(text: string): (path: JsonPath) => number {
  let root: Node | undefined
  let lineOf: ((offset: number) => number) | undefined
  const members = new Map<Node, Map<string | number, Node>>()
  const membersOf = (node: Node): Map<string | number, Node> => {
    const known = members.get(node) ?? membersByKey(node)
    members.set(node, known)
    return known
  }
  return (path) => {
    if (lineOf === undefined) {
      root = withinStack(() => parser().parseTree(text, [], { allowTrailingComma: true }))
      lineOf = lineCounter(text)
    }
    let node = root
    let offset = node?.offset ?? 0
    for (const key of path) {
      const member: Node | undefined = node && membersOf(node).get(key)
      if (member === undefined) break
      offset = member.offset
      node = member.type === 'property' ? member.children?.[1] : member
    }
    return lineOf(offset)
  }
}

function membersByKey({ type, children = [] }: Node): Map<string | number, Node> {
  if (type === 'array') return new Map(children.entries())
  if (type !== 'object') return new Map()
  // As in JSON.parse, the last of two equal keys counts.
  return new Map(children.map((property) => [String(property.children?.[0]?.value), property]))
}

/** Makes the function that gives the line of an offset, counted from 1. */
function lineCounter(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index)
  return (offset) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

let loaded: typeof import('jsonc-parser') | undefined

/** Loads the parser once, and only for a text that plain JSON.parse cannot read or whose lines are asked for. */
function parser(): typeof import('jsonc-parser') {
  loaded ??= createRequire(import.meta.url)('jsonc-parser') as typeof import('jsonc-parser')
  return loaded
}
