import type { Connection } from './connection.js'

/** One tool, prompt or resource as its server describes it. */
export interface Listed {
  readonly name: string
  readonly [key: string]: unknown
}

/** More pages than any server has; a limit for a server that always returns a next cursor. */
const MAX_PAGES = 100

/** Lists all tools, prompts or resources of a server, page by page; empty when it lacks the capability. */
export async function listAll(connection: Connection, kind: 'tools' | 'prompts' | 'resources'): Promise<Listed[]> {
  const { capabilities } = await connection.ready()
  if (!capabilities[kind]) return []
  const all: Listed[] = []
  let cursor: unknown
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const result = await connection.request({ method: `${kind}/list`, params: cursor === undefined ? {} : { cursor } })
    const items = result[kind]
    if (Array.isArray(items)) all.push(...(items as Listed[]))
    if (result.nextCursor === undefined) break
    cursor = result.nextCursor
  }
  return all
}
