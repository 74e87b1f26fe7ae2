import { resolve } from 'node:path'
import {
  isProjectScope,
  type LayerOptions,
  readProjectLayers,
  readSettingsLayers,
  type SettingsLayer,
  type SettingsScope,
} from '../config/claude-settings.js'
import { jsonLines } from '../config/json-text.js'
import { readTextFile } from '../config/text-file.js'
import { isObject } from '../json.js'
import { homeFolder } from '../paths.js'

/** A rule and where it stands. */
export interface LocatedRule {
  readonly rule: string
  readonly kind: 'allow' | 'ask' | 'deny'
  readonly scope: SettingsScope | 'command'
  readonly file: string
  readonly line: number
}

export type PermissionMode = 'default' | 'acceptEdits' | 'plan' | 'dontAsk' | 'bypassPermissions'

/** A setting of a mode and where it stands. */
export interface LocatedMode {
  readonly mode: PermissionMode
  readonly scope: SettingsScope
  readonly file: string
  readonly line: number
}

/** The `permissions` of all of Claude Code's settings files, weakest file first. */
export interface PermissionSettings {
  readonly rules: readonly LocatedRule[]
  readonly modes: readonly LocatedMode[]
  readonly directories: ReadonlyArray<{ readonly path: string; readonly scope: SettingsScope }>
  /** Whether only managed settings may allow something. */
  readonly managedOnly: boolean
  /** Whether the mode bypassPermissions is switched off. */
  readonly noBypass: boolean
  /** What is wrong in the files, one line each. */
  readonly problems: readonly string[]
}

const KINDS = ['deny', 'ask', 'allow'] as const
const MODES: Readonly<Record<string, PermissionMode>> = {
  default: 'default',
  manual: 'default',
  // Claude Code asks a model of its own there; codex asks as it always does.
  auto: 'default',
  acceptEdits: 'acceptEdits',
  plan: 'plan',
  dontAsk: 'dontAsk',
  bypassPermissions: 'bypassPermissions',
}

/** Reads the permission rules of all scopes with file and line; a file with a wrong value is named and does not count. */
export function readPermissionSettings(options: LayerOptions): PermissionSettings {
  const { layers, problems } = readSettingsLayers(options)
  return settingsIn(layers, problems, options)
}

/** Reads the rules of the project's own files alone. */
export function readProjectPermissions(options: LayerOptions): PermissionSettings {
  const problems: string[] = []
  return settingsIn(readProjectLayers(options, problems), problems, options)
}

function settingsIn(
  layers: readonly SettingsLayer[],
  problems: readonly string[],
  options: LayerOptions,
): PermissionSettings {
  const seen = new Set<string>()
  // In the home folder the project's file is the user's own.
  const own = layers.filter(({ file }) => !seen.has(resolve(file)) && seen.add(resolve(file)))
  const found = own.map((layer) => readLayer(layer, options))
  return {
    rules: found.flatMap(({ rules }) => rules),
    modes: found.flatMap(({ modes }) => modes),
    directories: found.flatMap(({ directories }) => directories),
    managedOnly: own.some(
      ({ scope, values }) => scope === 'managed' && values.allowManagedPermissionRulesOnly === true,
    ),
    noBypass: own.some(({ values }) => permissionsOf(values).disableBypassPermissionsMode === 'disable'),
    problems: [...problems, ...found.flatMap((layer) => layer.problems)],
  }
}

type Values = Readonly<Record<string, unknown>>

function readLayer(
  { scope, file, values }: SettingsLayer,
  { cwd, env }: LayerOptions,
): Pick<PermissionSettings, 'rules' | 'modes' | 'directories' | 'problems'> {
  const permissions = permissionsOf(values)
  if (Object.keys(permissions).length === 0) return { rules: [], modes: [], directories: [], problems: [] }
  const lineOf = jsonLines(textOf(file))
  const rules = KINDS.flatMap((kind) =>
    strings(permissions[kind]).map((rule, at): LocatedRule => {
      return { rule: rule.trim(), kind, scope, file, line: lineOf(['permissions', kind, at]) }
    }),
  )
  const word = permissions.defaultMode
  const mode = typeof word === 'string' && Object.hasOwn(MODES, word) ? MODES[word] : undefined
  const line = lineOf(['permissions', 'defaultMode'])
  const problems =
    mode === 'bypassPermissions' && isProjectScope(scope)
      ? [`${file}:${line}: defaultMode bypassPermissions is ignored: it counts in your own settings alone.`]
      : []
  return {
    rules,
    modes: mode === undefined ? [] : [{ mode, scope, file, line }],
    directories: strings(permissions.additionalDirectories).map((path) => {
      const expanded = path === '~' || path.startsWith('~/') ? homeFolder(env) + path.slice(1) : path
      return { path: resolve(cwd, expanded), scope }
    }),
    problems,
  }
}

function permissionsOf({ permissions }: Values): Values {
  return isObject(permissions) ? permissions : {}
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter((entry) => typeof entry === 'string') : []
}

/** The file again, for its lines; it was read a moment ago. */
function textOf(file: string): string {
  try {
    return readTextFile(file)
  } catch {
    return ''
  }
}
