// Folder modules: slash commands written in JavaScript, built-in and custom: finds, loads and runs them.
import type { CommandExtension } from '../commands/command-extension.js'
import type { CommandRow } from '../commands/list-commands.js'
import { type CommandLists, whyNotAllowed } from '../config/command-lists.js'
import type { SessionSnapshot } from '../config/session-snapshot.js'
import { readTrust } from '../config/trust.js'
import type { Log } from '../log/log.js'
import { claudeHome, gitRoot, isWithin } from '../paths.js'
import { applyModules } from './apply-modules.js'
import { type Budgets, createCustomModules } from './custom-modules.js'
import { describeUncaught } from './failure-line.js'
import { findModuleFiles, type ModuleFile } from './find-modules.js'
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
  /** The files of the project as they were when the session began; without it they are loaded as they are. */
  readonly snapshot?: SessionSnapshot
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

/**
 * Opens the modules of a working directory. Personal files are checked for each slash command, so edits take effect at once; a
 * project's are those of the session's snapshot, if there is one.
 */
export function openModules(options: ModulesOptions): Modules {
  const { cwd, env, dialect, log, lists, snapshot, onProblem } = options
  const root = gitRoot(cwd)
  const thread = createModuleThread(log, (failure) => onProblem(describeUncaught(failure)))
  const budgets: Budgets = { load: LOAD_BUDGET, canHandle: CAN_HANDLE_BUDGET, work: options.timeoutMs }
  const custom = createCustomModules(thread, budgets, onProblem, snapshot)
  const builtIn = dialect === 'claude' ? [] : options.builtIn
  let current: readonly LoadedModule[] = builtIn

  let first: { readonly files: readonly ModuleFile[]; readonly generation: number } | undefined
  /** Returns the files that exist now; of a project those that existed when the session began. */
  const currentFiles = (found: readonly ModuleFile[]): readonly ModuleFile[] => {
    if (snapshot === undefined) return found
    if (first?.generation !== snapshot.generation()) first = { files: found, generation: snapshot.generation() }
    const isProjects = ({ source }: ModuleFile): boolean => source === 'project'
    const [project, personal] = [first.files.filter(isProjects), found.filter((file) => !isProjects(file))]
    return dialect === 'claude' ? [...personal, ...project] : [...project, ...personal]
  }

  const load = async (): Promise<readonly LoadedModule[]> => {
    const { files: found, problems } = findModuleFiles({ cwd, gitRoot: root, claudeHome: claudeHome(env), dialect })
    const files = currentFiles(found)
    for (const line of problems) onProblem(line)
    const isTrusted = options.assumeTrust === true ? () => true : readTrust(env)
    const mayRun = ({ source, folder }: ModuleFile): boolean => source === 'personal' || isTrusted(folder)
    for (const file of files) {
      if (mayRun(file)) continue
      if (options.onUntrusted) {
        options.onUntrusted(file.path)
        continue
      }
      const above = !isWithin(file.folder, root ?? cwd)
      const [place, command] = above ? [` ${file.folder}`, `plus trust ${file.folder}`] : ['', 'plus trust']
      onProblem(`${file.path} is not loaded: the folder${place} is not trusted. See \`codex-plus ${command}\`.`)
    }
    const loaded = await custom.load(files.filter(mayRun))
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
