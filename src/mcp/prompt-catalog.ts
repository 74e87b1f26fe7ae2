import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../json.js'
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

/** Reads the catalog of a server's last run; null when it has not run with this entry. */
export function readCatalog(server: FoundServer, env: NodeJS.ProcessEnv): Catalog | null {
  try {
    const { prompts, tools } = JSON.parse(readFileSync(fileOf(server, env), 'utf8')) as Record<string, unknown>
    if (!Array.isArray(prompts) || !Array.isArray(tools)) return null
    // One bad member costs itself.
    return { prompts: prompts.flatMap(promptOf), tools: tools.filter((tool) => typeof tool === 'string') }
  } catch {
    return null
  }
}

/** Checked by hand: this file is read before codex starts, and a schema takes longer to load than all of the rest. */
function promptOf(value: unknown): PromptInfo[] {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.description !== 'string') return []
  const args = Array.isArray(value.args) ? value.args.flatMap(argumentOf) : null
  if (args === null || args.length !== (value.args as unknown[]).length) return []
  return [{ name: value.name, description: value.description, args }]
}

function argumentOf(value: unknown): PromptInfo['args'][number][] {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.required !== 'boolean') return []
  return [{ name: value.name, required: value.required }]
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
