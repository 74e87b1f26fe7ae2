import type { FoundServer } from './choose-servers.js'
import { listAll } from './list-all.js'
import { type Catalog, keepCatalog, promptInfos, readCatalog } from './prompt-catalog.js'
import type { PromptMessage, PromptServer, ResourceContent } from './prompt-server-types.js'
import type { PoolServer } from './server-pool.js'

/** A server's prompts and resources: from the catalog of its last run, and from the server when they are needed. */
export interface LivePromptServer extends PromptServer {
  /** Lists the prompts and tools of a running server and saves them in the catalog. */
  refresh(): Promise<void>
}

/** Creates the prompt server; `member` returns its connection when it is needed. */
export function createPromptServer(
  server: FoundServer,
  env: NodeJS.ProcessEnv,
  member: () => Promise<PoolServer>,
): LivePromptServer {
  const { name, id, file } = server
  let catalog: Catalog | null | undefined
  let fresh: Promise<Catalog> | null = null
  const load = (): Promise<Catalog> => {
    fresh ??= ask().catch((error: unknown) => {
      fresh = null
      throw error
    })
    return fresh
  }
  const ask = async (): Promise<Catalog> => {
    const { connection } = await member()
    const [prompts, tools] = await Promise.all([listAll(connection, 'prompts'), listAll(connection, 'tools')])
    catalog = { prompts: promptInfos(prompts), tools: tools.map((tool) => tool.name) }
    keepCatalog(server, catalog, env)
    return catalog
  }
  return {
    name,
    id,
    file,
    known() {
      catalog ??= readCatalog(server, env)
      return catalog?.prompts ?? []
    },
    prompts: async () => (await load()).prompts,
    async getPrompt(prompt, args) {
      const { connection } = await member()
      const result = await connection.request({ method: 'prompts/get', params: { name: prompt, arguments: args } })
      return Array.isArray(result.messages) ? (result.messages as PromptMessage[]) : []
    },
    async readResource(uri) {
      const { connection } = await member()
      const result = await connection.request({ method: 'resources/read', params: { uri } })
      return Array.isArray(result.contents) ? (result.contents as ResourceContent[]) : []
    },
    async refresh() {
      fresh = null
      await load()
    },
  }
}
