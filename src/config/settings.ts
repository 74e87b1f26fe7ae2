// Folder config: reads the settings files and variables (codex-plus, Claude Code, codex), folder trust and command lists.
import { join } from 'node:path'
import type { OwnFlags } from '../codex/own-flags.js'
import { CodexPlusError } from '../errors.js'
import { LOG_LEVELS, type LogLevel } from '../log/log.js'
import { gitRoot, xdgFolder } from '../paths.js'
import { type CommandLists, readCommandLists } from './command-lists.js'
import { readJsonFile } from './json-file.js'
import { readJsonc } from './json-text.js'
import { limitProblems } from './limit-problems.js'
import { outsideLinkProblem } from './outside-link.js'
import type { SettingsFile } from './schema.js'
import { folderTrust } from './trust.js'
import { quoted, urlProblem } from './url.js'

/** The settings of one run of codex-plus. */
export interface Settings {
  /** `echo`, or the server's URL; null for the server codex would use. */
  readonly upstream: 'echo' | URL | null
  readonly echo: 'text' | 'full'
  readonly transport: 'cycletls' | 'native'
  /** Whether the user set the transport explicitly, so that it also serves loopback addresses. */
  readonly transportForced: boolean
  readonly profile: 'codex' | 'chrome'
  /** Whether codex's WebSocket is carried to the server: `auto` where the handshake is codex's own. */
  readonly websocket: 'auto' | 'on' | 'off'
  /** Whether the connection to the server is opened while codex starts, where the run begins with a model call. */
  readonly earlyConnection: boolean
  readonly safe: boolean
  /** Which rules slash commands follow where `auto` and Claude Code differ (docs/commands.md). */
  readonly dialect: 'auto' | 'claude'
  /** Whether slash commands are expanded. */
  readonly commands: boolean
  readonly modules: boolean
  /** Time limit for one function call of a custom module, in ms. */
  readonly moduleTimeoutMs: number
  /** Which slash commands may run: a command must be in every `allow` list and in no `deny` list. */
  readonly commandLists: CommandLists
  /** Whether CLAUDE.md is read when there is no AGENTS.md. */
  readonly claudeMd: boolean
  /** Whether Claude Code's status line is shown in the terminal's title. */
  readonly statusLine: boolean
  /** Whether `.claude` and `.mcp.json` are read-only for the sandboxed commands of the model. */
  readonly protectClaude: boolean
  readonly mcp: boolean
  readonly sessions: boolean
  /** Recorded threads are removed after this many days; the oldest ones when all exceed `sessionMegabytes`. */
  readonly sessionDays: number
  readonly sessionMegabytes: number
  /** Whether each request is recorded, so that it can be replayed. */
  readonly trace: boolean
  readonly hooks: HookSettings
  /** Whether the permission rules of `.claude` hold for the model's tool calls. */
  readonly permissions: boolean
  /** Time limit for a shell block of a command, in ms. */
  readonly shellTimeoutMs: number
  readonly log: { readonly level: LogLevel; readonly file: string | null }
}

/** Whether and how hooks run. */
export interface HookSettings {
  readonly enabled: boolean
  /** Whether a tool call or prompt passes (`open`) or is blocked (`closed`) when its hooks could not run. */
  readonly onError: 'open' | 'closed'
  /** Time limit for a pre_input or post_output hook, in ms. */
  readonly timeoutMs: number
}

export interface SettingsOptions {
  readonly own: OwnFlags
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** One value and the flag, variable or file it comes from. */
interface SettingValue {
  readonly value: unknown
  readonly where: string
}

type Key =
  | 'upstream'
  | 'echo'
  | 'transport'
  | 'profile'
  | 'websocket'
  | 'earlyConnection'
  | 'safe'
  | 'log'
  | 'dialect'
  | 'commands'
  | 'modules'
  | 'mcp'
  | 'protectClaude'
  | 'sessions'
  | 'sessionDays'
  | 'sessionMegabytes'
  | 'trace'
  | 'hooks'
  | 'permissions'
  | 'shellTimeoutMs'
  | 'moduleTimeoutMs'
  | 'allowCommands'
  | 'denyCommands'
  | 'claudeMd'
  | 'statusLine'

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

/**
 * Merges flags, `CODEX_PLUS_*` variables, `codexPlus` of the project's files, and the user's own file, strongest first.
 * Throws CP_SETTINGS_INVALID for an invalid flag or variable; an invalid key of a file is ignored with a warning in
 * `notices`.
 */
export async function readSettings(options: SettingsOptions): Promise<{ settings: Settings; notices: string[] }> {
  const notices: string[] = []
  const files = await readFiles(options, notices)
  const find = (key: Key): SettingValue[] => {
    const words = key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)
    const flag = options.own[`--plus-${words}`]
    const off = options.own[`--plus-no-${words}`]
    const name = `CODEX_PLUS_${words.replaceAll('-', '_').toUpperCase()}`
    const variable = options.env[name]
    return [
      ...(flag === undefined ? [] : [{ value: flag, where: `--plus-${words}` }]),
      ...(off === undefined ? [] : [{ value: false, where: `--plus-no-${words}` }]),
      ...(variable ? [{ value: variable, where: name }] : []),
      ...files.flatMap(({ file, values }) => {
        const value = values[key]
        return value === undefined ? [] : [{ value, where: file }]
      }),
    ]
  }
  const upstream = find('upstream')[0]
  const transport = find('transport')[0]
  const settings: Settings = {
    upstream: upstream ? readUpstream(upstream) : null,
    echo: oneOf(find('echo')[0], 'echo', ['text', 'full'], 'text'),
    transport: oneOf(transport, 'transport', ['cycletls', 'native'], 'cycletls'),
    transportForced: transport !== undefined,
    websocket: oneOf(find('websocket')[0], 'websocket', ['auto', 'on', 'off'], 'auto'),
    earlyConnection: readBoolean(find('earlyConnection')[0], true),
    profile: oneOf(find('profile')[0], 'profile', ['codex', 'chrome'], 'codex'),
    safe: readBoolean(find('safe')[0], false),
    dialect: oneOf(find('dialect')[0], 'dialect', ['auto', 'claude'], 'auto'),
    commands: readBoolean(find('commands')[0], true),
    modules: readBoolean(find('modules')[0], true),
    moduleTimeoutMs: readPositiveInteger(find('moduleTimeoutMs')[0], 30_000, 'time in milliseconds'),
    commandLists: { allow: readCommandLists(find('allowCommands')), deny: readCommandLists(find('denyCommands')) },
    claudeMd: readBoolean(find('claudeMd')[0], true),
    statusLine: readBoolean(find('statusLine')[0], false),
    protectClaude: readBoolean(find('protectClaude')[0], true),
    mcp: readBoolean(find('mcp')[0], true),
    sessions: readBoolean(find('sessions')[0], true),
    sessionDays: readPositiveInteger(find('sessionDays')[0], 90, 'number of days'),
    sessionMegabytes: readPositiveInteger(find('sessionMegabytes')[0], 500, 'number of megabytes'),
    trace: readBoolean(find('trace')[0], false),
    shellTimeoutMs: readPositiveInteger(find('shellTimeoutMs')[0], 120_000, 'time in milliseconds'),
    hooks: readHooks(find('hooks')),
    permissions: readBoolean(find('permissions')[0], true),
    log: readLog(find('log')),
  }
  return { settings, notices: limitProblems(notices) }
}

interface ReadFile {
  readonly file: string
  readonly values: SettingsFile
}

async function readFiles({ env, cwd }: SettingsOptions, notices: string[]): Promise<ReadFile[]> {
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

function readUpstream({ value, where }: SettingValue): 'echo' | URL {
  if (value === 'echo') return 'echo'
  const problem = urlProblem(String(value))
  if (problem) throw invalid(`${where}: ${quoted(value)} ${problem}.`, 'Give `echo` or an http(s) URL.')
  return new URL(String(value))
}

function oneOf<Value extends string>(
  setting: SettingValue | undefined,
  key: string,
  allowed: readonly Value[],
  fallback: Value,
): Value {
  if (setting === undefined) return fallback
  const value = allowed.find((candidate) => candidate === setting.value)
  if (value !== undefined) return value
  throw invalid(
    `${setting.where}: ${key} cannot be ${JSON.stringify(setting.value)}.`,
    `Give one of ${allowed.join(', ')}.`,
  )
}

function readPositiveInteger(setting: SettingValue | undefined, fallback: number, what: string): number {
  if (setting === undefined) return fallback
  const value = Number(setting.value)
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return value
  throw invalid(`${setting.where}: ${JSON.stringify(setting.value)} is not a ${what}.`, 'Give a whole number above 0.')
}

function readBoolean(setting: SettingValue | undefined, fallback: boolean): boolean {
  if (setting === undefined) return fallback
  if (setting.value === true || setting.value === '1' || setting.value === 'true') return true
  if (setting.value === false || setting.value === '0' || setting.value === 'false') return false
  throw invalid(`${setting.where}: expected 1 or 0, not ${JSON.stringify(setting.value)}.`, 'Give 1 or 0.')
}

/** Each source may give a boolean, a value for `onError`, or a table; the strongest source of each key wins. */
function readHooks(sources: readonly SettingValue[]): HookSettings {
  const parts = sources.map(({ value, where }) => ({ table: hookTable(value, where), where }))
  const find = (key: keyof HookSettings): SettingValue | undefined => {
    const part = parts.find(({ table }) => table[key] !== undefined)
    return part && { value: part.table[key], where: part.where }
  }
  return {
    enabled: readBoolean(find('enabled'), true),
    onError: oneOf(find('onError'), 'hooks.onError', ['open', 'closed'], 'open'),
    timeoutMs: readPositiveInteger(find('timeoutMs'), 5_000, 'time in milliseconds'),
  }
}

function hookTable(value: unknown, where: string): Partial<HookSettings> {
  if (typeof value === 'object' && value !== null) return value
  if (value === 'open' || value === 'closed') return { onError: value }
  return { enabled: readBoolean({ value, where }, true) }
}

/** Level and file may come from different sources; the strongest of each wins. A file alone implies the level `info`. */
function readLog(sources: readonly SettingValue[]): Settings['log'] {
  let level: LogLevel | null = null
  let file: string | null = null
  for (const { value } of sources) {
    const named = LOG_LEVELS.find((candidate) => candidate === value)
    if (named) level ??= named
    else file ??= String(value)
  }
  return { level: level ?? (file === null ? 'warn' : 'info'), file }
}

function invalid(message: string, hint: string): CodexPlusError {
  return new CodexPlusError('CP_SETTINGS_INVALID', message, { hint })
}
