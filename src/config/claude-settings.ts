import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../json.js'
import { claudeHome } from '../paths.js'
import { settingsFault } from './claude-settings-faults.js'
import { readJsonFile } from './json-file.js'
import { jsonLines, readJson } from './json-text.js'
import { outsideLinkProblem } from './outside-link.js'
import { readTextFile } from './text-file.js'

/** The merged permission rules of Claude Code's settings files. */
export interface PermissionRules {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly ask: readonly string[]
  readonly mode: string | null
  readonly directories: readonly string[]
}

/** The parts of Claude Code's settings files that codex-plus uses. */
export interface ClaudeSettings {
  readonly permissions: PermissionRules
  readonly env: Readonly<Record<string, string>>
  readonly disableSkillShellExecution: boolean
  /** Output of a shell block of more characters is stored in a file; null for the default (`bashOutputMaxChars`). */
  readonly outputLimit: number | null
  /** One warning for each file that could not be used. */
  readonly problems: readonly string[]
}

/** Reads a text file; in a session, as it was when the session began (session-snapshot.ts). */
export type FileReader = (file: string) => string

/** The folder whose settings files are read. */
export interface SettingsFolder {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Default: reads the file as it is now. */
  readonly read?: FileReader | undefined
}

export interface ClaudeSettingsOptions extends SettingsFolder {
  /** Whether the project's own `permissions.allow` counts: only in a folder its user trusts (section 1.6). */
  readonly projectAllowCounts: boolean
  /** Whether the rest of a project's settings may loosen anything; defaults to `projectAllowCounts`. */
  readonly projectCounts?: boolean
}

type Values = Record<string, unknown>

/** Whose a settings file is: the administrator's, the user's own, or the project's (shared, or this user's alone). */
export type SettingsScope = 'managed' | 'user' | 'project' | 'local'

/** One parsed settings file and its scope. */
export interface SettingsLayer {
  readonly scope: SettingsScope
  readonly file: string
  readonly values: Values
}

/** Where Claude Code's administrators put settings (https://code.claude.com/docs/en/settings). */
const MANAGED_FOLDER = process.platform === 'darwin' ? '/Library/Application Support/ClaudeCode' : '/etc/claude-code'

export interface LayerOptions extends SettingsFolder {
  /** Where the managed settings are; another folder in tests. */
  readonly managedFolder?: string
}

/** Whether a settings file belongs to the project: it counts only as far as the folder is trusted. */
export function isProjectScope(scope: SettingsScope): boolean {
  return scope === 'project' || scope === 'local'
}

/**
 * Reads user, project, local and managed settings, weakest first; project files only from the working directory (section 2).
 */
export function readSettingsLayers(options: LayerOptions): {
  layers: SettingsLayer[]
  problems: string[]
} {
  const problems: string[] = []
  return {
    layers: [
      ...readLayer('user', join(claudeHome(options.env), 'settings.json'), options, problems),
      ...readProjectLayers(options, problems),
      ...managedFiles(options.managedFolder).flatMap((file) => readLayer('managed', file, options, problems)),
    ],
    problems,
  }
}

/** Reads the project and local settings of a working directory, weakest first; adds a warning for each file it cannot use. */
export function readProjectLayers(folder: SettingsFolder, problems: string[] = []): SettingsLayer[] {
  return [
    ...readLayer('project', join(folder.cwd, '.claude', 'settings.json'), folder, problems),
    ...readLayer('local', join(folder.cwd, '.claude', 'settings.local.json'), folder, problems),
  ]
}

function readLayer(scope: SettingsScope, file: string, folder: SettingsFolder, problems: string[]): SettingsLayer[] {
  const { cwd, env, read = readTextFile } = folder
  const outside = isProjectScope(scope) ? outsideLinkProblem(file, cwd, env) : null
  if (outside !== null) problems.push(outside)
  const values = outside === null ? readJsonFile(file, problems, readJson, read) : null
  return values === null || isFaulty(file, values, problems, read) ? [] : [{ scope, file, values }]
}

/**
 * Merges the settings files: lists are joined, the stronger file overrides single values (section 4). An untrusted project
 * can only forbid: a variable of its `env` (PATH, BASH_ENV) would run its code in the user's own commands.
 */
export function readClaudeSettings(options: ClaudeSettingsOptions): ClaudeSettings {
  const { layers, problems } = readSettingsLayers(options)
  const permissions = layers.map(({ values }) => asObject(values.permissions))
  const allowing = layers
    .filter(({ scope }) => !isProjectScope(scope) || options.projectAllowCounts)
    .map(({ values }) => asObject(values.permissions))
  const last = (key: string, from: readonly Values[]): unknown =>
    from.findLast((values) => values[key] !== undefined)?.[key]
  const counts = options.projectCounts ?? options.projectAllowCounts
  const loosening = layers.filter(({ scope }) => !isProjectScope(scope) || counts).map(({ values }) => values)
  // A project cannot switch the permissions off, trusted or not.
  const mode = last(
    'defaultMode',
    layers
      .filter(({ scope, values }) => !isProjectScope(scope) || (counts && modeOf(values) !== 'bypassPermissions'))
      .map(({ values }) => asObject(values.permissions)),
  )
  const outputLimit = last('bashOutputMaxChars', loosening)
  const forbidden = layers.some(({ values }) => !loosening.includes(values) && values[NO_SHELL] === true)
  return {
    permissions: {
      allow: allowing.flatMap(({ allow }) => strings(allow)),
      deny: permissions.flatMap(({ deny }) => strings(deny)),
      ask: permissions.flatMap(({ ask }) => strings(ask)),
      mode: typeof mode === 'string' ? mode : null,
      directories: allowing.flatMap(({ additionalDirectories }) => strings(additionalDirectories)),
    },
    env: Object.assign({}, ...loosening.map((values) => stringValues(values.env))),
    disableSkillShellExecution: forbidden || last(NO_SHELL, loosening) === true,
    outputLimit: typeof outputLimit === 'number' ? outputLimit : null,
    problems,
  }
}

function modeOf({ permissions }: Values): unknown {
  return asObject(permissions).defaultMode
}

/** The files of the managed settings, weakest first. */
export function managedFiles(folder = MANAGED_FOLDER): string[] {
  const parts = join(folder, 'managed-settings.d')
  return [join(folder, 'managed-settings.json'), ...jsonFiles(parts).map((name) => join(parts, name))]
}

function jsonFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort()
  } catch {
    return []
  }
}

const NO_SHELL = 'disableSkillShellExecution'

/** Claude Code skips a file with a wrong value for a key it knows, rules and hooks included; so does codex-plus, by name. */
function isFaulty(file: string, values: Values, problems: string[], read: FileReader): boolean {
  const fault = settingsFault(values)
  if (fault === null) return false
  const { key, expected } = fault
  problems.push(
    `${file}:${jsonLines(read(file))(key.split('.'))}: \`${key}\` must be ${expected}. The whole file is ignored, its hooks and permission rules included, as in Claude Code.`,
  )
  return true
}

function asObject(value: unknown): Values {
  return isObject(value) ? value : {}
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter((entry) => typeof entry === 'string') : []
}

function stringValues(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asObject(value)).flatMap(([key, entry]) =>
      ['string', 'number', 'boolean'].includes(typeof entry) ? [[key, String(entry)]] : [],
    ),
  )
}
