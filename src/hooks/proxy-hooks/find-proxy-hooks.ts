import { basename, extname, join } from 'node:path'
import { listFolder } from '../../config/list-folder.js'
import { claudeHome, realPath, statsOf } from '../../paths.js'
import { isExecutable } from '../../process/executable.js'

/** A hook file that changes requests or responses in the proxy. */
export interface ProxyHookFile {
  readonly kind: 'pre_input' | 'post_output'
  readonly path: string
  readonly source: 'project' | 'personal'
  /** Null for a JavaScript module; otherwise the program and its arguments. */
  readonly program: readonly [file: string, ...args: string[]] | null
}

export interface FindProxyHooksOptions {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** Whether the project's hooks may run; called only if the project has some. */
  trusted(): boolean
}

const NAME = /^(pre_input|post_output)(?:-[\w.-]+?)?\.\w+$/
const MODULES = new Set(['.mjs', '.js', '.ts', '.mts'])
/** Files that are not hooks: texts, type declarations, tests. */
const NO_HOOK = /\.(md|txt|json|jsonc|ya?ml|toml|bak|orig|log)$|\.(d|test|spec)\.m?[jt]s$/
/** Interpreters for files that are not executable. */
const INTERPRETERS: Readonly<Record<string, string>> = { '.py': 'python3', '.sh': '/bin/sh', '.bash': 'bash' }

/** Finds `.claude/hooks/pre_input*` and `post_output*`: first the project's, then the personal ones, sorted by file name. */
export function findProxyHooks(options: FindProxyHooksOptions): { files: ProxyHookFile[]; problems: string[] } {
  const problems: string[] = []
  const personal = join(claudeHome(options.env), 'hooks')
  const project = join(options.folder, '.claude', 'hooks')
  const own = realPath(project) === realPath(personal) ? [] : list(project, 'project', problems)
  const trusted = own.length === 0 || options.trusted()
  if (!trusted) {
    const names = own.map(({ path }) => basename(path)).join(', ')
    problems.push(
      `${project}: ${names} skipped: this folder is not trusted. Run \`codex-plus plus trust\` to trust it.`,
    )
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
    problems.push(`${path} is skipped: it is not executable. Run \`chmod +x\` on it.`)
    return []
  })
}
