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

/** A hook file that cannot run, and why, as the end of a sentence. */
export interface BrokenFile extends Pick<ProxyHookFile, 'kind' | 'path' | 'source'> {
  readonly why: string
}

export interface FoundProxyHooks {
  readonly files: readonly ProxyHookFile[]
  readonly broken: readonly BrokenFile[]
  readonly problems: readonly string[]
}

const NAME = /^(pre_input|post_output)(?:-[\w.-]+?)?\.\w+$/
const MODULES = new Set(['.mjs', '.js', '.ts', '.mts'])
/** Files that are not hooks: texts, type declarations, tests. */
const NO_HOOK = /\.(md|txt|json|jsonc|ya?ml|toml|bak|orig|log)$|\.(d|test|spec)\.m?[jt]s$/
/** Interpreters for files that are not executable. */
const INTERPRETERS: Readonly<Record<string, string>> = { '.py': 'python3', '.sh': '/bin/sh', '.bash': 'bash' }

/** Finds `.claude/hooks/pre_input*` and `post_output*`: first the project's, then the personal ones, sorted by file name. */
export function findProxyHooks(options: FindProxyHooksOptions): FoundProxyHooks {
  const problems: string[] = []
  const personal = join(claudeHome(options.env), 'hooks')
  const project = join(options.folder, '.claude', 'hooks')
  const nothing: Listed = { files: [], broken: [], problems: [] }
  const own = realPath(project) === realPath(personal) ? nothing : list(project, 'project')
  const found = [...own.files, ...own.broken]
  const trusted = found.length === 0 || options.trusted()
  if (!trusted) {
    const names = found.map(({ path }) => basename(path)).join(', ')
    problems.push(
      `${project}: ${names} skipped: this folder is not trusted. Run \`codex-plus plus trust\` to trust it.`,
    )
  }
  const lists = [...(trusted ? [own] : []), list(personal, 'personal')]
  return {
    files: lists.flatMap(({ files }) => files),
    broken: lists.flatMap(({ broken }) => broken),
    problems: [...problems, ...lists.flatMap(({ problems: lines }) => lines)],
  }
}

interface Listed {
  readonly files: ProxyHookFile[]
  readonly broken: BrokenFile[]
  readonly problems: string[]
}

function list(folder: string, source: ProxyHookFile['source']): Listed {
  const listed: Listed = { files: [], broken: [], problems: [] }
  const { files, broken, problems } = listed
  const names = listFolder(folder, problems)
  for (const why of problems) broken.push({ kind: 'pre_input', path: folder, source, why: why.replace(/\.$/, '') })
  for (const name of names) {
    const kind = NAME.exec(name)?.[1] as ProxyHookFile['kind'] | undefined
    const path = join(folder, name)
    if (kind === undefined || NO_HOOK.test(name)) continue
    const found = programOf(path)
    if (typeof found !== 'string') {
      files.push({ kind, path, source, program: found })
      continue
    }
    broken.push({ kind, path, source, why: found })
    problems.push(`${path} is skipped: ${found}.${found === NOT_EXECUTABLE ? ' Run `chmod +x` on it.' : ''}`)
  }
  return listed
}

const NOT_EXECUTABLE = 'it is not executable'

/** Returns the program that runs a hook file, null for a JavaScript module, or why it cannot run. */
function programOf(path: string): ProxyHookFile['program'] | string {
  if (!statsOf(path)?.isFile()) return 'it is not a regular file'
  if (MODULES.has(extname(path))) return null
  if (isExecutable(path)) return [path]
  const interpreter = INTERPRETERS[extname(path)]
  return interpreter ? [interpreter, path] : NOT_EXECUTABLE
}
