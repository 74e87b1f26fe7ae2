import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CommandEngine, createCommandEngine } from '../../src/commands/command-engine.js'
import { trustFolder } from '../../src/config/trust.js'
import { silentLog } from '../../src/log/log.js'
import { type BuiltInFacts, builtInModules } from '../../src/modules/built-in/built-in-modules.js'
import { type Modules, openModules } from '../../src/modules/open-modules.js'

/** A scratch project with modules, and what they make of prompts. */
export interface ModulesPlace {
  readonly project: string
  readonly home: string
  readonly problems: string[]
  readonly modules: Modules
  readonly expander: CommandEngine
  write(path: string, text: string): string
  expand(prompt: string): ReturnType<CommandEngine['expand']>
  remove(): Promise<void>
}

export interface PlaceOptions {
  readonly dialect?: 'auto' | 'claude'
  readonly trusted?: boolean
  readonly timeoutMs?: number
  readonly deny?: readonly string[]
  readonly allow?: readonly string[]
  readonly facts?: Partial<BuiltInFacts>
}

/** Makes a project and its modules, the built-in ones included. */
export function makePlace(options: PlaceOptions = {}): ModulesPlace {
  const { dialect = 'auto', trusted = true, timeoutMs = 5000 } = options
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-modules-'))
  const [project, home] = [join(root, 'project'), join(root, 'home')]
  for (const folder of [join(project, '.git'), home]) mkdirSync(folder, { recursive: true })
  const env: NodeJS.ProcessEnv = { HOME: home, PATH: process.env.PATH }
  if (trusted) trustFolder(project, env)
  const problems: string[] = []
  const lists = {
    allow: options.allow ? [{ patterns: options.allow, where: 'the settings' }] : [],
    deny: options.deny ? [{ patterns: options.deny, where: 'the settings' }] : [],
  }
  const modules = openModules({
    cwd: project,
    env,
    dialect,
    timeoutMs,
    lists,
    log: silentLog,
    builtIn: builtInModules({
      rows: () => expander.rows(),
      status: () => new Map(),
      save: () => undefined,
      ...options.facts,
    }),
    onProblem: (line) => problems.push(line),
  })
  const expander = createCommandEngine({
    cwd: project,
    env,
    dialect,
    lists,
    shellTimeoutMs: 5000,
    extensions: [modules.extension],
  })
  return {
    project,
    home,
    problems,
    modules,
    expander,
    write(path, text) {
      const file = join(path.startsWith('~') ? home : project, path.replace(/^~\//, ''))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      return file
    },
    expand: (prompt) => expander.expand(prompt, { sessionId: 'thread-1', effort: 'low', model: 'gpt-test' }),
    async remove() {
      await modules.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** The text of a module's file with these functions. */
export function moduleFile(name: string, functions: string, more = ''): string {
  return `export default {
  name: '${name}',
  description: 'The ${name} module',
  ${more}
  canHandle: (command) => command === '${name}',
  ${functions}
}
`
}
