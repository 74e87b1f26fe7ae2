import type { Connection } from './connection.js'

/** One tool, prompt or resource as its server describes it. */
export interface Listed {
  readonly name: string
  readonly [key: string]: unknown
}

/** More pages than any server has; one that always names another is left at that. */
const MOST_PAGES = 100

/** All tools, prompts or resources of a server, page by page; none where it does not have the ability. */
export async function listAll(connection: Connection, kind: 'tools' | 'prompts' | 'resources'): Promise<Listed[]> {
  const { capabilities } = await connection.ready()
  if (!capabilities[kind]) return []
  const all: Listed[] = []
  let cursor: unknown
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const result = await connection.request({ method: `${kind}/list`, params: cursor === undefined ? {} : { cursor } })
    const items = result[kind]
    if (Array.isArray(items)) all.push(...(items as Listed[]))
    if (result.nextCursor === undefined) break
    cursor = result.nextCursor
  }
  return all
}
