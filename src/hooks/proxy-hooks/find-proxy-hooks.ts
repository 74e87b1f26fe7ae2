import { basename, extname, join } from 'node:path'
import { listFolder } from '../../config/list-folder.js'
import { claudeHome, realPath, statsOf } from '../../paths.js'
import { isExecutable } from '../../process/executable.js'

/** A file that works on what goes over the wire. */
export interface ProxyHookFile {
  readonly kind: 'pre_input' | 'post_output'
  readonly path: string
  readonly source: 'project' | 'personal'
  /** How it is run: null for a module of ours, else the program and its arguments. */
  readonly program: readonly [file: string, ...args: string[]] | null
}

export interface FindProxyHooksOptions {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** Whether the project's hooks may run; asked only where it has some. */
  trusted(): boolean
}

const NAME = /^(pre_input|post_output)(?:-[\w.-]+?)?\.\w+$/
const MODULES = new Set(['.mjs', '.js', '.ts', '.mts'])
/** What cannot be a hook: texts, typings, tests. */
const NO_HOOK = /\.(md|txt|json|jsonc|ya?ml|toml|bak|orig|log)$|\.(d|test|spec)\.m?[jt]s$/
/** Programs for files that are not executable themselves. */
const INTERPRETERS: Readonly<Record<string, string>> = { '.py': 'python3', '.sh': '/bin/sh', '.bash': 'bash' }

/** Finds `.claude/hooks/pre_input*` and `post_output*`: the project's, then the personal ones, each by file name. */
export function findProxyHooks(options: FindProxyHooksOptions): { files: ProxyHookFile[]; problems: string[] } {
  const problems: string[] = []
  const personal = join(claudeHome(options.env), 'hooks')
  const project = join(options.folder, '.claude', 'hooks')
  const own = realPath(project) === realPath(personal) ? [] : list(project, 'project', problems)
  const trusted = own.length === 0 || options.trusted()
  if (!trusted) {
    const names = own.map(({ path }) => basename(path)).join(', ')
    problems.push(`${project}: ${names} skipped: this folder is not trusted. \`codex-plus plus trust\` changes that.`)
  }
  return { files: [...(trusted ? own : []), ...list(personal, 'personal', problems)], problems }
}

function list(folder: string, source: ProxyHookFile['source'], problems: string[]): ProxyHookFile[] {
  return listFolder(folder, problems).flatMap((name): ProxyHookFile[] => {
    const kind = NAME.exec(name)?.[1] as ProxyHookFile['kind'] | undefined
    const path = join(folder, name)
    if (kind === undefined || NO_HOOK.test(name) || !statsOf(path)?.isFile()) return []
    if (MODULES.has(extname(name))) return [{ kind, path, source, program: null }]
    if (isExecutable(path)) return [{ kind, path, source, program: [path] }]
    const interpreter = INTERPRETERS[extname(name)]
    if (interpreter) return [{ kind, path, source, program: [interpreter, path] }]
    problems.push(`${path} is skipped: it is not executable. \`chmod +x\` it.`)
    return []
  })
}
