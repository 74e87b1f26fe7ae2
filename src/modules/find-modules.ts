import { join } from 'node:path'
import { listFolder } from '../config/list-folder.js'
import { foldersUpTo, isForeign, realPath, statsOf } from '../paths.js'

/** A file that may contain a module; not loaded yet. */
export interface ModuleFile {
  readonly path: string
  readonly source: 'project' | 'personal'
  /** The folder that holds the `.claude` of a project's module, whose trust it needs. */
  readonly folder: string
}

export interface ModuleFilesOptions {
  readonly cwd: string
  readonly gitRoot: string | null
  readonly claudeHome: string
  readonly dialect: 'auto' | 'claude'
}

/**
 * Finds module files in `.claude/modules` from the working directory up to the git root and in the personal folder, in the
 * order in which the dialect ranks command files. Files whose name begins with `.` or `_`, tests and typings are ignored.
 */
export function findModuleFiles(options: ModuleFilesOptions): { files: ModuleFile[]; problems: string[] } {
  const { cwd, gitRoot, claudeHome, dialect } = options
  const problems: string[] = []
  const list = (claude: string, folder: string, source: ModuleFile['source']): ModuleFile[] =>
    entries(join(claude, 'modules'), problems).map((path) => ({ path, source, folder }))
  const home = realPath(claudeHome)
  const project = foldersUpTo(cwd, gitRoot ?? cwd)
    .map((folder) => ({ folder, claude: join(folder, '.claude') }))
    .filter(({ claude }) => claude !== claudeHome && realPath(claude) !== home && !isForeign(claude, cwd))
    .flatMap(({ folder, claude }) => list(claude, folder, 'project'))
  const personal = list(claudeHome, claudeHome, 'personal')
  return { files: dialect === 'claude' ? [...personal, ...project] : [...project, ...personal], problems }
}

/** File names of modules. */
const MODULE = /^[^._][^/]*\.(mjs|js|ts|mts)$/
const NO_MODULE = /\.(test|spec|d)\.m?[jt]s$/

function entries(folder: string, problems: string[]): string[] {
  return listFolder(folder, problems)
    .filter((name) => MODULE.test(name) && !NO_MODULE.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statsOf(path)?.isFile())
}
