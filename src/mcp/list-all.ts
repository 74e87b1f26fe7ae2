import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { formatError } from '../errors.js'
import type { CallOptions, Connection } from './connection-types.js'
import { LIST_KINDS, type ListKind } from './list-kinds.js'

/** One tool, prompt or resource as its server describes it. */
export interface Listed {
  readonly name: string
  readonly [key: string]: unknown
}

/** More pages and items than any server has; limits for a server that always returns a next cursor. */
const MAX_PAGES = 100
const MAX_ITEMS = 10_000
/** How long the pages of one list may take together, in ms. */
const LIST_WITHIN = 60_000

/** Lists all tools, prompts or resources of a server; empty when it lacks the capability. */
export async function listAll(connection: Connection, key: 'tools' | 'prompts' | 'resources'): Promise<Listed[]> {
  const { capabilities } = await connection.ready()
  const kind = LIST_KINDS.find((candidate) => candidate.key === key)
  if (!capabilities[key] || kind === undefined) return []
  return (await listPages(connection, kind))[key] as Listed[]
}

/**
 * Asks a server for all pages of a list and returns them as one result. A list whose pages do not end, or break off after the
 * first, is used as far as it was read, with a warning; of items with the same name the first counts.
 */
export async function listPages(connection: Connection, kind: ListKind, options: CallOptions = {}): Promise<Result> {
  const { method, key, plural } = kind
  const begun = performance.now()
  const pages: Item[][] = []
  const cursors = new Set<string>()
  let first: Result | undefined
  let cursor: unknown
  let stop: string | null = null
  let whole = true
  for (;;) {
    let result: Result
    try {
      result = await connection.request({ method, params: cursor === undefined ? {} : { cursor } }, options)
    } catch (error) {
      if (first === undefined || options.signal?.aborted) throw error
      stop = `page ${pages.length + 1} failed (${formatError(error)})`
      break
    }
    first ??= result
    pages.push(result[key] as Item[])
    cursor = result.nextCursor
    // Servers end a list with null or an empty cursor, too.
    if (cursor === undefined || cursor === null || cursor === '') break
    stop = endlessness(pages, cursors, cursor, begun)
    if (stop !== null) {
      whole = false
      break
    }
    cursors.add(JSON.stringify(cursor))
  }
  if (stop !== null) {
    connection.warn(`MCP server '${connection.name}': its list of ${plural} is used as far as it was read: ${stop}.`)
  }
  const { nextCursor: _end, ...rest } = first
  // A server that gives the same page again and again has no names twice.
  return { ...rest, [key]: withoutDuplicates(connection, kind, pages.flat().slice(0, MAX_ITEMS), whole) }
}

type Item = Readonly<Record<string, unknown>>

/** Says why no further page is asked for; null where one is. */
function endlessness(
  pages: readonly Item[][],
  cursors: ReadonlySet<string>,
  cursor: unknown,
  begun: number,
): string | null {
  if (cursors.has(JSON.stringify(cursor))) return `the server gave the cursor ${JSON.stringify(cursor)} again`
  if (pages.length >= MAX_PAGES) return `it did not end after ${MAX_PAGES} pages`
  if (pages.flat().length >= MAX_ITEMS) return `it has more than ${MAX_ITEMS} entries`
  if (performance.now() - begun > LIST_WITHIN) return `it did not end within ${LIST_WITHIN / 1000} s`
  return null
}

/** Keeps the first item of each name, and names the others if `warns` is set. */
export function withoutDuplicates(
  connection: Pick<Connection, 'name' | 'warn'>,
  { id, singular }: ListKind,
  items: readonly Item[],
  warns: boolean,
): Item[] {
  const seen = new Set<unknown>()
  return items.filter((item) => {
    if (!seen.has(item[id])) return seen.add(item[id])
    if (warns) {
      connection.warn(
        `MCP server '${connection.name}' has more than one ${singular} '${String(item[id])}'; the first is used.`,
      )
    }
    return false
  })
}
