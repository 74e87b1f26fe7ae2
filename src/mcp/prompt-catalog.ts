import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replacePrivateFile, xdgFolder } from '../paths.js'
import type { FoundServer } from './find-servers.js'

/** One prompt of a server, as a command has to know it. */
export interface PromptInfo {
  readonly name: string
  readonly description: string
  readonly args: ReadonlyArray<{ readonly name: string; readonly required: boolean }>
}

/** What a server had to offer when it last ran. */
export interface Catalog {
  readonly prompts: readonly PromptInfo[]
  readonly tools: readonly string[]
}

/** Reads what is known of a server from its last run; null where it has not run with this entry. */
export function readCatalog(server: FoundServer, env: NodeJS.ProcessEnv): Catalog | null {
  try {
    const { prompts, tools } = JSON.parse(readFileSync(fileOf(server, env), 'utf8')) as Catalog
    return Array.isArray(prompts) && Array.isArray(tools) ? { prompts, tools } : null
  } catch {
    return null
  }
}

/** Keeps what a server offers, for the next list and the next start. */
export function keepCatalog(server: FoundServer, catalog: Catalog, env: NodeJS.ProcessEnv): void {
  try {
    replacePrivateFile(fileOf(server, env), JSON.stringify(catalog))
  } catch {
    // It is a cache.
  }
}

/** Prompts as a server lists them. */
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

/** An entry that was changed is another server. */
function fileOf({ file, name, value }: FoundServer, env: NodeJS.ProcessEnv): string {
  const key = createHash('sha256')
    .update(JSON.stringify([file, name, value]))
    .digest('hex')
  return join(xdgFolder('cache', env), 'mcp', `${key.slice(0, 32)}.json`)
}
