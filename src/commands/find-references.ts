/** One `@` reference of a text. */
export interface Reference {
  /** The path as written, without its range. */
  readonly path: string
  /** First and last line, counted from 1. */
  readonly offset: number | null
  readonly limit: number | null
}

/** After the start of a line or white space (or CJK punctuation); `\b` drops punctuation after a name. */
const PLAIN = /(^|[\s、。！？])@([^\s]+)\b/g
const QUOTED = /(^|[\s、。！？])@"([^"]+)"/g
const RANGE = /^([^#]+)(?:#L(\d+)(?:-(\d+))?)?(?:#[^#]*)?$/

/** Finds the `@` references of a text in order; the same spelling is returned once (claude-code-2.1 section 1.7). */
export function findReferences(text: string): Reference[] {
  if (!text.includes('@')) return []
  const found = [...text.matchAll(QUOTED), ...text.matchAll(PLAIN)]
    .filter((match) => !match[2]?.startsWith('"'))
    .sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
  const seen = new Set<string>()
  return found.flatMap((match) => {
    const mention = match[2] ?? ''
    const [, path, first, last] = RANGE.exec(mention) ?? []
    if (path === undefined || seen.has(mention)) return []
    seen.add(mention)
    // Line 0 does not exist; `#L0` attaches the whole file.
    const offset = Number(first ?? 0) || null
    const limit = offset === null ? null : last === undefined ? 1 : Number(last) - offset + 1
    return [{ path, offset, limit }]
  })
}
