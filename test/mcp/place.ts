import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FoundServers, findServers } from '../../src/mcp/servers.js'

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
