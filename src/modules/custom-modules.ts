import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SessionSnapshot } from '../config/session-snapshot.js'
import { statsOf } from '../paths.js'
import type { WorkerFailure } from '../worker/worker-host.js'
import { describeFailure } from './failure-line.js'
import type { ModuleFile } from './find-modules.js'
import { ABILITIES, DEFAULT_PRIORITY, type LoadedModule } from './module.js'
import type { Description } from './module-calls.js'
import type { ModuleThread } from './module-thread.js'

/** Time limits of a module, in ms. */
export interface Budgets {
  readonly load: number
  readonly canHandle: number
  /** For `executeLocally`, `mutatePrompt` and `enhancePrompt`. */
  readonly work: number
}

/** The custom modules of a run: loaded once, and reloaded when their file changes. */
export interface CustomModules {
  /** Loads the modules of these files, in the files' order. One that fails to load is reported and skipped. */
  load(files: readonly ModuleFile[]): Promise<LoadedModule[]>
}

interface Cached {
  readonly version: string
  readonly module: LoadedModule | null
}

/** Whether Node can load TypeScript: it strips types by itself from 22.18 and 23.6 on. */
const READS_TYPES =
  (process.features as { typescript?: unknown }).typescript !== undefined &&
  Boolean((process.features as { typescript?: unknown }).typescript)

/** Loads modules into a thread; `onProblem` receives a warning for each failure, once per version of its file. */
export function createCustomModules(
  thread: ModuleThread,
  budgets: Budgets,
  onProblem: (line: string) => void,
  snapshot?: Pick<SessionSnapshot, 'pathOf' | 'generation'>,
): CustomModules {
  const cache = new Map<string, Cached>()

  const loadFile = async (file: ModuleFile): Promise<LoadedModule | null> => {
    const kept = file.source === 'project' ? snapshot : undefined
    const version = kept === undefined ? versionOf(file.path) : String(kept.generation())
    const known = cache.get(file.path)
    if (version === null) return null
    if (known?.version === version) return known.module
    const module = await describeFile(file, version)
    cache.set(file.path, { version, module })
    return module
  }
  const describeFile = async ({ path, source }: ModuleFile, version: string): Promise<LoadedModule | null> => {
    if (extname(path).endsWith('ts') && !READS_TYPES) {
      onProblem(
        `${path} is skipped: node ${process.versions.node} cannot load TypeScript. Use node 22.18 or later, or convert it to .mjs.`,
      )
      return null
    }
    const callModule = async (name: string, args: readonly unknown[], budget: number): Promise<unknown> => {
      const current = source === 'project' && snapshot !== undefined ? snapshot.pathOf(path) : path
      // The version makes Node load an edited file again.
      const url = `${pathToFileURL(current).href}?v=${version}`
      try {
        return await thread.call(url, name, args, budget)
      } catch (error) {
        const failure = error as WorkerFailure
        // A module that did not return is not called again until its file changes.
        if (failure.kind !== 'threw') cache.set(path, { version, module: null })
        throw new Error(describeFailure(path, name === 'describe' ? 'its import' : name, failure))
      }
    }
    try {
      const description = (await callModule('describe', [], budgets.load)) as Description
      return {
        ...description,
        priority: description.priority ?? DEFAULT_PRIORITY,
        abilities: ABILITIES.filter((ability) => description.abilities.includes(ability)),
        source,
        path,
        call: (name, args) => callModule(name, args, name === 'canHandle' ? budgets.canHandle : budgets.work),
      }
    } catch (error) {
      onProblem(`${(error as Error).message}; the module is skipped.`)
      return null
    }
  }
  return {
    async load(files) {
      const loaded = await Promise.all(files.map(loadFile))
      return loaded.filter((module) => module !== null)
    },
  }
}

function versionOf(path: string): string | null {
  const stats = statsOf(path)
  return stats ? `${stats.mtimeMs}-${stats.size}` : null
}
