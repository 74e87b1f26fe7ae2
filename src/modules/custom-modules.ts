import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { statsOf } from '../paths.js'
import { placeFailure } from './failure-line.js'
import type { ModuleFile } from './find-modules.js'
import { ABILITIES, DEFAULT_PRIORITY, type LoadedModule } from './module.js'
import { type ModuleThread, ThreadFailure } from './module-thread.js'
import type { Description } from './module-worker.js'

/** How long a module may take, in ms. */
export interface Budgets {
  readonly load: number
  readonly canHandle: number
  /** One of the functions that do something. */
  readonly work: number
}

/** The custom modules of a run: loaded once, and again when their file changes. */
export interface CustomModules {
  /** The modules of these files, in the files' order. One that cannot be loaded is told of and left out. */
  load(files: readonly ModuleFile[]): Promise<LoadedModule[]>
}

interface Cached {
  readonly version: string
  readonly module: LoadedModule | null
}

/** Node strips types itself from 22.18 and 23.6 on. */
const READS_TYPES =
  (process.features as { typescript?: unknown }).typescript !== undefined &&
  Boolean((process.features as { typescript?: unknown }).typescript)

/** Loads modules into a thread; `onProblem` takes a line for each that fails, once a version of its file. */
export function createCustomModules(
  thread: ModuleThread,
  budgets: Budgets,
  onProblem: (line: string) => void,
): CustomModules {
  const cache = new Map<string, Cached>()

  const loadFile = async (file: ModuleFile): Promise<LoadedModule | null> => {
    const version = versionOf(file.path)
    const known = cache.get(file.path)
    if (version === null) return null
    if (known?.version === version) return known.module
    const module = await describeFile(file, version)
    cache.set(file.path, { version, module })
    return module
  }
  const describeFile = async ({ path, source }: ModuleFile, version: string): Promise<LoadedModule | null> => {
    if (extname(path).endsWith('ts') && !READS_TYPES) {
      onProblem(`${path} is skipped: node ${process.versions.node} reads no TypeScript; 22.18 does, or make it a .mjs.`)
      return null
    }
    // A file that was edited is another module to node.
    const url = `${pathToFileURL(path).href}?v=${version}`
    const put = async (name: string, args: readonly unknown[], budget: number): Promise<unknown> => {
      try {
        return await thread.call(url, name, args, budget)
      } catch (error) {
        const failure = error instanceof ThreadFailure ? error : new ThreadFailure('threw', String(error))
        // What did not come back once is not asked again, until its file changes.
        if (failure.kind !== 'threw') cache.set(path, { version, module: null })
        throw new Error(placeFailure(path, name === 'describe' ? 'its import' : name, failure))
      }
    }
    try {
      const said = (await put('describe', [], budgets.load)) as Description
      return {
        ...said,
        priority: said.priority ?? DEFAULT_PRIORITY,
        abilities: ABILITIES.filter((ability) => said.abilities.includes(ability)),
        source,
        path,
        call: (name, args) => put(name, args, name === 'canHandle' ? budgets.canHandle : budgets.work),
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
