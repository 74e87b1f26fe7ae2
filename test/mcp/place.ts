import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Log, silentLog } from '../../src/log/log.js'
import { type FoundServers, findServers } from '../../src/mcp/choose-servers.js'
import { contentText } from '../../src/mcp/content-text.js'
import { createPool, type Pool } from '../../src/mcp/server-pool.js'
import { readTimeouts } from '../../src/mcp/timeouts.js'

/** The stdio server of test/fixtures. */
export const FIXTURE = fileURLToPath(new URL('../fixtures/mcp/server.mjs', import.meta.url))

/** An entry of `.mcp.json` that starts the fixture server. */
export function fixture(...args: string[]): { command: string; args: string[] } {
  return { command: process.execPath, args: [FIXTURE, ...args] }
}

/** A scratch folder with a home, a trusted project (a repository), and a place above it. */
export interface Place {
  readonly root: string
  readonly project: string
  readonly env: NodeJS.ProcessEnv
  /** Writes a file below the root: a text, or a value as JSON. */
  write(path: string, content: unknown): void
  find(cwd?: string): FoundServers
  trust(): void
  remove(): void
}

/** Makes a place. */
export function makePlace(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-mcp-')))
  const project = join(root, 'project')
  for (const folder of ['home', 'project/.git', 'out']) mkdirSync(join(root, folder), { recursive: true })
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: join(root, 'home') }
  const write = (path: string, content: unknown): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  return {
    root,
    project,
    env,
    write,
    find: (cwd = project) => findServers({ cwd, env }),
    trust: () => write('home/.codex/config.toml', `[projects."${project}"]\ntrust_level = "trusted"\n`),
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** The servers of a place as a pool, and a log of what became of them. */
export function poolOf(place: Place, servers: object, options: { env?: NodeJS.ProcessEnv; log?: Log } = {}): Pool {
  place.write('project/.mcp.json', { mcpServers: servers })
  place.trust()
  const env = { ...place.env, ...options.env }
  const found = findServers({ cwd: place.project, env })
  return createPool({
    servers: found.servers,
    trusted: found.trusted,
    limits: readTimeouts(env),
    version: '0',
    cwd: place.project,
    env,
    sessionId: 's',
    outputFolder: join(place.root, 'outputs'),
    log: options.log ?? silentLog,
  })
}

/** Calls the fixture's tool and returns the text of its answer. */
export async function textOf(pool: Pool, tool: string, input: object = {}): Promise<string> {
  const result = await pool.member('srv').callTool({ name: tool, arguments: { ...input } })
  return contentText(result.content)
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie process counts as ended, too.
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits for something to become true, 5 s at most. */
export async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 250 && !what(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20))
  if (!what()) throw new Error(`it never was so: ${what.toString()}`)
}
