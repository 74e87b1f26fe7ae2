import { createRequire } from 'node:module'
import type { Node, ParseError, ParseOptions } from 'jsonc-parser'

/** The value of a JSON text, or the line of its first error, from 1. */
export type JsonRead = { readonly value: unknown } | { readonly line: number }

/** Parses standard JSON: no comments, no comma before a closing bracket. */
export function readJson(text: string): JsonRead {
  return readWith(text, { disallowComments: true })
}

/** Parses JSON that may have comments and a comma before a closing bracket. */
export function readJsonc(text: string): JsonRead {
  return readWith(text, { allowTrailingComma: true })
}

/** Tries `JSON.parse` first: it is many times faster than the parser that knows positions. */
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

/** Returns the result, or undefined on a stack overflow: the parser is recursive, and a text may have 100,000 levels. */
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
 * Returns a function that finds the line of a value by its path: the line of its key or list item, or of the last part of
 * the path that exists. The text is parsed once, at the first call.
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
  // Of two equal keys the last one counts, as in JSON.parse.
  return new Map(children.map((property) => [String(property.children?.[0]?.value), property]))
}

/** Returns a function that finds the line of an offset, from 1. */
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

/** Loads the parser at its first use: most runs do not need it. */
function parser(): typeof import('jsonc-parser') {
  loaded ??= createRequire(import.meta.url)('jsonc-parser') as typeof import('jsonc-parser')
  return loaded
}
