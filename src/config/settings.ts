// Folder config: reads the settings files and variables (codex-plus, Claude Code, codex), folder trust and command lists.
import type { OwnFlags } from '../codex/plus-flags.js'
import { CodexPlusError } from '../errors.js'
import { LOG_LEVELS, type LogLevel } from '../log/log.js'
import { type CommandLists, readCommandLists } from './command-lists.js'
import { limitProblems } from './limit-problems.js'
import { readSettingsFiles } from './settings-files.js'
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

/**
 * Merges flags, `CODEX_PLUS_*` variables, `codexPlus` of the project's files, and the user's own file, strongest first.
 * Throws CP_SETTINGS_INVALID for an invalid flag or variable; an invalid key of a file is ignored with a warning in
 * `notices`.
 */
export async function readSettings(options: SettingsOptions): Promise<{ settings: Settings; notices: string[] }> {
  const notices: string[] = []
  const files = await readSettingsFiles(options, notices)
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
