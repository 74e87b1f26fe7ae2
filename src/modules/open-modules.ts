// Folder modules: slash commands written in JavaScript, built-in and custom: finds, loads and runs them.
import type { CommandExtension } from '../commands/command-extension.js'
import type { CommandRow } from '../commands/list-commands.js'
import { type CommandLists, whyNotAllowed } from '../config/command-lists.js'
import { folderTrust } from '../config/trust.js'
import type { Log } from '../log/log.js'
import { claudeHome, gitRoot } from '../paths.js'
import { applyModules } from './apply-modules.js'
import { type Budgets, createCustomModules } from './custom-modules.js'
import { describeUncaught } from './failure-line.js'
import { findModuleFiles } from './find-modules.js'
import type { LoadedModule } from './module.js'
import { createModuleThread } from './module-thread.js'

export interface ModulesOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly dialect: 'auto' | 'claude'
  /** Time limit for one function call of a module, in ms. */
  readonly timeoutMs: number
  readonly log: Log
  /** Which commands may run; for an alias the name of its module counts. */
  readonly lists?: CommandLists
  /** The built-in modules; unused in the `claude` dialect. */
  readonly builtIn: readonly LoadedModule[]
  /** Loads a project's modules as if its folder were trusted. */
  readonly assumeTrust?: boolean
  onProblem(line: string): void
  /** Called for a file that is not loaded as its folder is not trusted; reported by `onProblem` without it. */
  onUntrusted?(path: string): void
}

/** The modules of a working directory, as an extension of its commands. */
export interface Modules {
  readonly extension: CommandExtension
  /** Finds the files again, loads changed ones and returns all modules in the order they run. */
  load(): Promise<readonly LoadedModule[]>
  /** The modules of the last load. */
  current(): readonly LoadedModule[]
  close(): Promise<void>
}

const LOAD_BUDGET = 5000
const CAN_HANDLE_BUDGET = 2000

/** Opens the modules of a working directory. Files are checked for each slash command, so edits take effect at once. */
export function openModules(options: ModulesOptions): Modules {
  const { cwd, env, dialect, log, lists, onProblem } = options
  const root = gitRoot(cwd)
  const thread = createModuleThread(log, (failure) => onProblem(describeUncaught(failure)))
  const budgets: Budgets = { load: LOAD_BUDGET, canHandle: CAN_HANDLE_BUDGET, work: options.timeoutMs }
  const custom = createCustomModules(thread, budgets, onProblem)
  const builtIn = dialect === 'claude' ? [] : options.builtIn
  let current: readonly LoadedModule[] = builtIn

  const load = async (): Promise<readonly LoadedModule[]> => {
    const { files, problems } = findModuleFiles({ cwd, gitRoot: root, claudeHome: claudeHome(env), dialect })
    for (const line of problems) onProblem(line)
    const trusted = options.assumeTrust === true || folderTrust(cwd, root, env).trusted
    for (const { path, source } of trusted ? [] : files) {
      if (source !== 'project') continue
      if (options.onUntrusted) options.onUntrusted(path)
      else onProblem(`${path} is not loaded: the folder is not trusted. See \`codex-plus plus trust\`.`)
    }
    const loaded = await custom.load(files.filter(({ source }) => trusted || source === 'personal'))
    current = [...loaded.sort((a, b) => a.priority - b.priority), ...builtIn]
    return current
  }
  return {
    extension: {
      rows: () => current.flatMap(rowsOf),
      answersLocally: (command) =>
        current.some(({ name, aliases, abilities }) => {
          return (name === command || aliases.includes(command)) && abilities.every((one) => one === 'executeLocally')
        }),
      async extend(prompt, expansion, expandOptions) {
        if (!prompt.startsWith('/')) return expansion
        const modules = (await load()).filter(({ name }) => lists === undefined || whyNotAllowed(name, lists) === null)
        return await applyModules(prompt, expansion, modules, { ...expandOptions, cwd, onProblem })
      },
    },
    load,
    current: () => current,
    close: () => thread.close(),
  }
}

/** Returns the list row of a module, and one for each alias. */
function rowsOf({ name, aliases, description, argumentHint, path, source }: LoadedModule): CommandRow[] {
  const row = { kind: 'module', path, argumentHint, shadowed: false, invocable: true, problem: null } as const
  const from = source === 'built-in' ? 'built-in' : 'module'
  return [
    { ...row, name, source: from, description },
    ...aliases.map((alias) => ({ ...row, name: alias, source: from, description: `the same as /${name}` }) as const),
  ]
}
