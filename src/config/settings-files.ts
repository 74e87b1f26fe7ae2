import { join } from 'node:path'
import { gitRoot, xdgFolder } from '../paths.js'
import { readJsonFile } from './json-file.js'
import { readJsonc } from './json-text.js'
import { outsideLinkProblem } from './outside-link.js'
import type { SettingsFile } from './schema.js'
import { folderTrust } from './trust.js'

/** Keys a project's file may set: none that sends credentials elsewhere, loosens trust or chooses where files are written. */
const PROJECT_MAY_SET: ReadonlySet<string> = new Set([
  'echo',
  'dialect',
  'commands',
  'modules',
  'mcp',
  'shellTimeoutMs',
  'moduleTimeoutMs',
  'allowCommands',
  'denyCommands',
  'claudeMd',
])

/** What a file of an untrusted project may set besides `false`: these lists can only forbid. */
const ONLY_FORBIDS: ReadonlySet<string> = new Set(['allowCommands', 'denyCommands'])

/** The checked settings for codex-plus of one file. */
export interface ReadFile {
  readonly file: string
  readonly values: SettingsFile
}

/**
 * Reads `codexPlus` of the project's files and the user's own file, strongest first; only what each may set. A key that does
 * not count is named in `notices`.
 */
export async function readSettingsFiles(
  { env, cwd }: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
  notices: string[],
): Promise<ReadFile[]> {
  const files: ReadFile[] = []
  let trusted: boolean | undefined
  // Evaluated only when needed: it reads codex's configuration.
  const isTrusted = (): boolean => {
    trusted ??= folderTrust(cwd, gitRoot(cwd), env).trusted
    return trusted
  }
  for (const name of ['settings.local.json', 'settings.json']) {
    const file = join(cwd, '.claude', name)
    const outside = outsideLinkProblem(file, cwd, env)
    if (outside !== null) {
      notices.push(outside)
      continue
    }
    const value = readJsonFile(file, notices) as { codexPlus?: unknown; env?: unknown } | null
    notices.push(...envNotices(file, value?.env))
    const section = value?.codexPlus
    if (section === undefined) continue
    const checked = checkProject(await checkFile(file, section, notices, 'codexPlus.'), notices)
    files.push(isTrusted() ? checked : onlyForbidding(checked, notices))
  }
  const own = join(xdgFolder('config', env), 'settings.json')
  const value = readJsonFile(own, notices, readJsonc)
  return value === null ? files : [...files, await checkFile(own, value, notices)]
}

/** Variables that would change where requests go, with which login, or which certificates are trusted. */
const STEERING =
  /^(CODEX_|OPENAI_|SSL_CERT_|NODE_(EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED|OPTIONS|USE_ENV_PROXY)$|XDG_CONFIG_HOME$|HOME$|(HTTPS?|ALL|NO)_PROXY$)/i

function envNotices(file: string, env: unknown): string[] {
  if (typeof env !== 'object' || env === null) return []
  const names = Object.keys(env).filter((name) => STEERING.test(name))
  if (names.length === 0) return []
  return [
    `${file}: env ${names.join(', ')} ignored for codex-plus itself: a project cannot change how codex-plus and codex reach their server. Set it in your own environment if you want that.`,
  ]
}

function checkProject({ file, values }: ReadFile, notices: string[]): ReadFile {
  const allowed = Object.entries(values).filter(([key]) => PROJECT_MAY_SET.has(key))
  for (const key of Object.keys(values)) {
    if (PROJECT_MAY_SET.has(key)) continue
    notices.push(`${file}: codexPlus.${key} ignored: a project's file cannot set it; put it in your own settings.`)
  }
  return { file, values: Object.fromEntries(allowed) }
}

/** The settings of an untrusted folder can only forbid. */
function onlyForbidding({ file, values }: ReadFile, notices: string[]): ReadFile {
  const forbids = ([key, value]: [string, unknown]): boolean => value === false || ONLY_FORBIDS.has(key)
  for (const [key, value] of Object.entries(values)) {
    if (forbids([key, value])) continue
    notices.push(
      `${file}: codexPlus.${key} ignored: the folder is not trusted. Run \`codex-plus plus trust\` to trust it.`,
    )
  }
  return { file, values: Object.fromEntries(Object.entries(values).filter(forbids)) }
}

async function checkFile(file: string, value: unknown, notices: string[], prefix = ''): Promise<ReadFile> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    notices.push(`${file}: ${prefix.slice(0, -1)} is not an object; it is ignored.`)
    return { file, values: {} }
  }
  // zod is loaded only for a file that has settings for codex-plus: most runs have none.
  const { settingProblem } = await import('./schema.js')
  const good = Object.entries(value).filter(([key, entry]) => {
    const problem = settingProblem(key, entry)
    if (problem !== null) notices.push(`${file}: ${prefix}${key} ${problem}; it is ignored.`)
    return problem === null && key !== '$schema'
  })
  return { file, values: Object.fromEntries(good) }
}
