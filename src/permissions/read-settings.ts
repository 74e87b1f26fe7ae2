import { isAbsolute, resolve } from 'node:path'
import { isProjectScope, type LayerOptions, readSettingsLayers, type SettingsScope } from '../config/claude-settings.js'
import { type JsonLines, readJsonLines } from '../config/json-lines.js'
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
const MOST_PROBLEMS = 5

/** Reads the permission rules of all scopes with file and line. A wrong entry is named and ignored; the others count. */
export function readPermissionSettings(options: LayerOptions): PermissionSettings {
  const { layers, problems } = readSettingsLayers(options)
  const found = {
    rules: [] as LocatedRule[],
    modes: [] as LocatedMode[],
    directories: [] as Array<{ path: string; scope: SettingsScope }>,
    managedOnly: false,
    noBypass: false,
    problems,
  }
  const seen = new Set<string>()
  for (const { scope, file, values } of layers) {
    // In the home folder the project's file is the user's own.
    if (seen.has(resolve(file))) continue
    seen.add(resolve(file))
    if (scope === 'managed' && values.allowManagedPermissionRulesOnly === true) found.managedOnly = true
    const { permissions } = values
    if (permissions === undefined) continue
    const lines = readJsonLines(file)
    const wrong: string[] = []
    const complain = (line: number, text: string): void => void wrong.push(`${file}:${line}: ${text}`)
    if (!isObject(permissions)) {
      complain(lines.lineOf(['permissions']), 'permissions is not an object, so none of its rules counts.')
    } else {
      for (const kind of KINDS)
        found.rules.push(...readRules(permissions[kind], { kind, scope, file }, lines, complain))
      found.modes.push(...readMode(permissions.defaultMode, { scope, file }, lines, complain))
      found.directories.push(...readDirectories(permissions.additionalDirectories, scope, options, lines, complain))
      if (permissions.disableBypassPermissionsMode === 'disable') found.noBypass = true
    }
    problems.push(...shortened(wrong, file))
  }
  return found
}

type Complain = (line: number, text: string) => void

function readRules(
  value: unknown,
  { kind, scope, file }: Pick<LocatedRule, 'kind' | 'scope' | 'file'>,
  lines: JsonLines,
  complain: Complain,
): LocatedRule[] {
  if (value === undefined) return []
  const path = ['permissions', kind]
  if (!Array.isArray(value)) {
    complain(lines.lineOf(path), `permissions.${kind} is not a list, so none of its rules counts; write ["RULE", ...].`)
    return []
  }
  const places = lines.linesOfItems(path)
  return (value as unknown[]).flatMap((rule, at): LocatedRule[] => {
    const line = places[at] ?? 1
    if (typeof rule === 'string') return [{ rule: rule.trim(), kind, scope, file, line }]
    complain(line, `permissions.${kind}[${at}] is not a string; it is ignored.`)
    return []
  })
}

function readMode(
  value: unknown,
  { scope, file }: Pick<LocatedMode, 'scope' | 'file'>,
  lines: JsonLines,
  complain: Complain,
): LocatedMode[] {
  if (value === undefined) return []
  const line = lines.lineOf(['permissions', 'defaultMode'])
  const mode = typeof value === 'string' && Object.hasOwn(MODES, value) ? MODES[value] : undefined
  if (mode === undefined) {
    complain(line, `permissions.defaultMode is ${JSON.stringify(value)}, which is no mode; it is ignored.`)
    return []
  }
  if (mode === 'bypassPermissions' && isProjectScope(scope)) {
    complain(line, "permissions.defaultMode bypassPermissions counts in the user's own settings alone; it is ignored.")
  }
  return [{ mode, scope, file, line }]
}

function readDirectories(
  value: unknown,
  scope: SettingsScope,
  { cwd, env }: LayerOptions,
  lines: JsonLines,
  complain: Complain,
): Array<{ path: string; scope: SettingsScope }> {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every((path) => typeof path === 'string')) {
    const line = lines.lineOf(['permissions', 'additionalDirectories'])
    complain(line, 'permissions.additionalDirectories is not a list of strings; it is ignored.')
    return []
  }
  return (value as string[]).map((path) => {
    const expanded = path === '~' || path.startsWith('~/') ? homeFolder(env) + path.slice(1) : path
    return { path: isAbsolute(expanded) ? resolve(expanded) : resolve(cwd, expanded), scope }
  })
}

function shortened(lines: readonly string[], file: string): string[] {
  if (lines.length <= MOST_PROBLEMS) return [...lines]
  return [...lines.slice(0, MOST_PROBLEMS), `${file}: and ${lines.length - MOST_PROBLEMS} more of this kind.`]
}
