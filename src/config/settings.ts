import { join } from 'node:path'
import type { OwnFlags } from '../codex/own-flags.js'
import { CodexPlusError } from '../errors.js'
import { LOG_LEVELS, type LogLevel } from '../log/log.js'
import { xdgFolder } from '../paths.js'
import { type CommandLists, readCommandLists } from './command-lists.js'
import { readJsonFile } from './json-file.js'
import { readJsonc } from './json-text.js'
import { limitProblems } from './limit-problems.js'
import type { SettingsFile } from './schema.js'
import { quoted, urlProblem } from './url.js'

/** What codex-plus goes by in one run. */
export interface Settings {
  /** `echo`, or the server's URL; null for codex's own choice. */
  readonly upstream: 'echo' | URL | null
  readonly echo: 'text' | 'full'
  readonly transport: 'cycletls' | 'native'
  /** Whether the transport was asked for by name, so that it also serves loopback addresses. */
  readonly transportForced: boolean
  readonly profile: 'codex' | 'chrome'
  readonly safe: boolean
  /** Whose rules slash commands follow where the two differ (docs/commands.md). */
  readonly dialect: 'auto' | 'claude'
  /** Whether slash commands are expanded. */
  readonly commands: boolean
  readonly modules: boolean
  /** How long one function of a custom module may take, in ms. */
  readonly moduleTimeoutMs: number
  /** Which slash commands may run: one that every `allow` list and no `deny` list names. */
  readonly commandLists: CommandLists
  /** Whether CLAUDE.md is read where there is no AGENTS.md. */
  readonly claudeMd: boolean
  /** Whether Claude Code's status line is shown in the terminal's title. */
  readonly statusLine: boolean
  readonly mcp: boolean
  readonly sessions: boolean
  /** Recorded threads go after so many days, and the oldest when all take more than so many megabytes. */
  readonly sessionDays: number
  readonly sessionMegabytes: number
  /** Whether each request is kept, so that it can be sent again. */
  readonly trace: boolean
  readonly hooks: HookSettings
  /** How long a shell block of a command may take, in ms. */
  readonly shellTimeoutMs: number
  readonly log: { readonly level: LogLevel; readonly file: string | null }
}

/** Whether hooks run, and how. */
export interface HookSettings {
  readonly enabled: boolean
  /** What becomes of a tool or prompt whose hooks could not be asked. */
  readonly onError: 'open' | 'closed'
  /** How long a pre_input or post_output hook may take, in ms. */
  readonly timeoutMs: number
}

export interface SettingsOptions {
  readonly own: OwnFlags
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** One value and where it was said. */
interface Said {
  readonly value: unknown
  readonly where: string
}

type Key =
  | 'upstream'
  | 'echo'
  | 'transport'
  | 'profile'
  | 'safe'
  | 'log'
  | 'dialect'
  | 'commands'
  | 'modules'
  | 'mcp'
  | 'sessions'
  | 'sessionDays'
  | 'sessionMegabytes'
  | 'trace'
  | 'hooks'
  | 'shellTimeoutMs'
  | 'moduleTimeoutMs'
  | 'allowCommands'
  | 'denyCommands'
  | 'claudeMd'
  | 'statusLine'

/** What a project's file may set: nothing that sends credentials elsewhere, loosens trust or says where we write. */
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

/**
 * Merges flags, `CODEX_PLUS_*`, `codexPlus` of the project's files, and the user's own file, strongest first.
 * A bad flag or variable throws CP_SETTINGS_INVALID; a bad key of a file costs that key and one line in `notices`.
 */
export async function readSettings(options: SettingsOptions): Promise<{ settings: Settings; notices: string[] }> {
  const notices: string[] = []
  const files = await readFiles(options, notices)
  const find = (key: Key): Said[] => {
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
    profile: oneOf(find('profile')[0], 'profile', ['codex', 'chrome'], 'codex'),
    safe: readSwitch(find('safe')[0], false),
    dialect: oneOf(find('dialect')[0], 'dialect', ['auto', 'claude'], 'auto'),
    commands: readSwitch(find('commands')[0], true),
    modules: readSwitch(find('modules')[0], true),
    moduleTimeoutMs: readWhole(find('moduleTimeoutMs')[0], 30_000, 'time in milliseconds'),
    commandLists: { allow: readCommandLists(find('allowCommands')), deny: readCommandLists(find('denyCommands')) },
    claudeMd: readSwitch(find('claudeMd')[0], true),
    statusLine: readSwitch(find('statusLine')[0], false),
    mcp: readSwitch(find('mcp')[0], true),
    sessions: readSwitch(find('sessions')[0], true),
    sessionDays: readWhole(find('sessionDays')[0], 90, 'number of days'),
    sessionMegabytes: readWhole(find('sessionMegabytes')[0], 500, 'number of megabytes'),
    trace: readSwitch(find('trace')[0], false),
    shellTimeoutMs: readWhole(find('shellTimeoutMs')[0], 120_000, 'time in milliseconds'),
    hooks: readHooks(find('hooks')),
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
  for (const name of ['settings.local.json', 'settings.json']) {
    const file = join(cwd, '.claude', name)
    const value = readJsonFile(file, notices) as { codexPlus?: unknown; env?: unknown } | null
    notices.push(...envNotices(file, value?.env))
    const section = value?.codexPlus
    if (section !== undefined) files.push(checkProject(await checkFile(file, section, notices, 'codexPlus.'), notices))
  }
  const own = join(xdgFolder('config', env), 'settings.json')
  const value = readJsonFile(own, notices, readJsonc)
  return value === null ? files : [...files, await checkFile(own, value, notices)]
}

/** Variables that would change where requests go or what is trusted on the way, were a project's `env` applied to us. */
const STEERING = /^(CODEX_|OPENAI_|SSL_CERT_|NODE_|XDG_|CLAUDE_CONFIG_DIR$|HOME$|PATH$|(HTTPS?|ALL|NO)_PROXY$)/i

function envNotices(file: string, env: unknown): string[] {
  if (typeof env !== 'object' || env === null) return []
  const names = Object.keys(env).filter((name) => STEERING.test(name))
  if (names.length === 0) return []
  return [
    `${file}: env ${names.join(', ')} ignored: a project cannot change how codex-plus and codex reach their server.`,
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

async function checkFile(file: string, value: unknown, notices: string[], prefix = ''): Promise<ReadFile> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    notices.push(`${file}: ${prefix.slice(0, -1)} is not an object; it is ignored.`)
    return { file, values: {} }
  }
  // zod is loaded for a file that has settings of ours, and for no other: most runs have none.
  const { settingProblem } = await import('./schema.js')
  const good = Object.entries(value).filter(([key, entry]) => {
    const problem = settingProblem(key, entry)
    if (problem !== null) notices.push(`${file}: ${prefix}${key} ${problem}; it is ignored.`)
    return problem === null && key !== '$schema'
  })
  return { file, values: Object.fromEntries(good) }
}

function readUpstream({ value, where }: Said): 'echo' | URL {
  if (value === 'echo') return 'echo'
  const problem = urlProblem(String(value))
  if (problem) throw invalid(`${where}: ${quoted(value)} ${problem}.`, 'Give `echo` or a http(s) URL.')
  return new URL(String(value))
}

function oneOf<Value extends string>(
  said: Said | undefined,
  key: string,
  allowed: readonly Value[],
  fallback: Value,
): Value {
  if (said === undefined) return fallback
  const value = allowed.find((candidate) => candidate === said.value)
  if (value !== undefined) return value
  throw invalid(
    `${said.where}: there is no ${key} ${JSON.stringify(said.value)}.`,
    `Give one of ${allowed.join(', ')}.`,
  )
}

function readWhole(said: Said | undefined, fallback: number, what: string): number {
  if (said === undefined) return fallback
  const value = Number(said.value)
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return value
  throw invalid(`${said.where}: ${JSON.stringify(said.value)} is no ${what}.`, 'Give a whole number.')
}

function readSwitch(said: Said | undefined, fallback: boolean): boolean {
  if (said === undefined) return fallback
  if (said.value === true || said.value === '1' || said.value === 'true') return true
  if (said.value === false || said.value === '0' || said.value === 'false') return false
  throw invalid(`${said.where}: expected 1 or 0, not ${JSON.stringify(said.value)}.`, 'Give 1 or 0.')
}

/** A switch, a word for `onError`, or a table: the strongest of each counts. */
function readHooks(said: readonly Said[]): HookSettings {
  const parts = said.map(({ value, where }) => ({ table: hookTable(value, where), where }))
  const find = (key: keyof HookSettings): Said | undefined => {
    const part = parts.find(({ table }) => table[key] !== undefined)
    return part && { value: part.table[key], where: part.where }
  }
  return {
    enabled: readSwitch(find('enabled'), true),
    onError: oneOf(find('onError'), 'hooks.onError', ['open', 'closed'], 'open'),
    timeoutMs: readWhole(find('timeoutMs'), 5_000, 'time in milliseconds'),
  }
}

function hookTable(value: unknown, where: string): Partial<HookSettings> {
  if (typeof value === 'object' && value !== null) return value
  if (value === 'open' || value === 'closed') return { onError: value }
  return { enabled: readSwitch({ value, where }, true) }
}

/** A level and a file may be said apart: the strongest of each counts. A file alone means everything from `info` on. */
function readLog(said: readonly Said[]): Settings['log'] {
  let level: LogLevel | null = null
  let file: string | null = null
  for (const { value } of said) {
    const named = LOG_LEVELS.find((candidate) => candidate === value)
    if (named) level ??= named
    else file ??= String(value)
  }
  return { level: level ?? (file === null ? 'warn' : 'info'), file }
}

function invalid(message: string, hint: string): CodexPlusError {
  return new CodexPlusError('CP_SETTINGS_INVALID', message, { hint })
}
