import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replacePrivateFile, xdgFolder } from '../paths.js'
import type { FoundServer } from './choose-servers.js'

/** One prompt of a server, as far as its command needs it. */
export interface PromptInfo {
  readonly name: string
  readonly description: string
  readonly args: ReadonlyArray<{ readonly name: string; readonly required: boolean }>
}

/** The prompts and tools a server listed in its last run. */
export interface Catalog {
  readonly prompts: readonly PromptInfo[]
  readonly tools: readonly string[]
}

const PROMPT = z.object({
  name: z.string(),
  description: z.string(),
  args: z.array(z.object({ name: z.string(), required: z.boolean() })),
})
/** The lists alone: one bad member costs itself. */
const CATALOG = z.object({ prompts: z.array(z.unknown()), tools: z.array(z.unknown()) })

/** Reads the catalog of a server's last run; null when it has not run with this entry. */
export function readCatalog(server: FoundServer, env: NodeJS.ProcessEnv): Catalog | null {
  try {
    const read = CATALOG.safeParse(JSON.parse(readFileSync(fileOf(server, env), 'utf8')))
    if (!read.success) return null
    const { prompts, tools } = read.data
    return {
      prompts: prompts.flatMap((prompt) => PROMPT.safeParse(prompt).data ?? []),
      tools: tools.filter((tool) => typeof tool === 'string'),
    }
  } catch {
    return null
  }
}

/** Saves a server's catalog for the next list and the next start. */
export function keepCatalog(server: FoundServer, catalog: Catalog, env: NodeJS.ProcessEnv): void {
  try {
    replacePrivateFile(fileOf(server, env), JSON.stringify(catalog))
  } catch {
    // Only a cache: without it the server is asked again.
  }
}

/** Reads the prompts of a server's list; entries without a name are skipped. */
export function promptInfos(listed: ReadonlyArray<Readonly<Record<string, unknown>>>): PromptInfo[] {
  return listed.flatMap(({ name, description, arguments: given }) => {
    if (typeof name !== 'string') return []
    const args = (Array.isArray(given) ? (given as Array<Record<string, unknown>>) : []).map((arg) => ({
      name: String(arg.name),
      required: arg.required === true,
    }))
    return [{ name, description: typeof description === 'string' ? description : '', args }]
  })
}

/** Returns the cache file; the key contains the entry, so a changed entry is another server. */
function fileOf({ file, name, value }: FoundServer, env: NodeJS.ProcessEnv): string {
  const key = createHash('sha256')
    .update(JSON.stringify([file, name, value]))
    .digest('hex')
  return join(xdgFolder('cache', env), 'mcp', `${key.slice(0, 32)}.json`)
}
