import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ClaudeHooks, HookEngineOptions } from '../../src/hooks/engine.js'
import { createHookEngine } from '../../src/hooks/engine.js'

/** A home and a project on disk, with an engine that trusts the project. */
export interface Place {
  readonly root: string
  readonly project: string
  readonly env: NodeJS.ProcessEnv
  readonly notices: string[]
  write(path: string, content: unknown): string
  engine(options?: Partial<HookEngineOptions>): ClaudeHooks
  remove(): void
}

/** Sets up a place; `hooks` go into the project's settings. */
export function makePlace(hooks?: unknown): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'hooks-')))
  const [home, project] = [join(root, 'home'), join(root, 'project')]
  for (const folder of [home, project]) mkdirSync(folder)
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: home, ROOT: root }
  const notices: string[] = []
  const write = (path: string, content: unknown): string => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
    return file
  }
  if (hooks !== undefined) write('project/.claude/settings.json', { hooks })
  return {
    root,
    project,
    env,
    notices,
    write,
    engine: (options = {}) =>
      createHookEngine({
        cwd: project,
        env,
        assumeTrust: true,
        onNotice: (line) => void notices.push(line),
        ...options,
      }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** A group of command hooks. */
export function commands(...lines: string[]): unknown {
  return [{ hooks: lines.map((command) => ({ type: 'command', command })) }]
}
