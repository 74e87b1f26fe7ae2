import { join } from 'node:path'
import { isObject } from '../json.js'
import { claudeHome } from '../paths.js'
import { lineOfJsonError } from './json-line.js'
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
  /** One warning for each file that could not be used. */
  readonly problems: readonly string[]
}

export interface ClaudeSettingsOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Whether the project's own `permissions.allow` counts: only in a folder its user trusts (section 1.6). */
  readonly projectAllowCounts: boolean
  /** Whether the rest of a project's settings may loosen anything; defaults to `projectAllowCounts`. */
  readonly projectCounts?: boolean
}

type Values = Record<string, unknown>

/** One parsed settings file and its scope. */
export interface SettingsLayer {
  readonly scope: 'user' | 'project' | 'local'
  readonly file: string
  readonly values: Values
}

/** Reads user, project and local settings, weakest first; project files only from the working directory (section 2). */
export function readSettingsLayers({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): {
  layers: SettingsLayer[]
  problems: string[]
} {
  const problems: string[] = []
  const user = readLayer('user', join(claudeHome(env), 'settings.json'), problems)
  return { layers: [...user, ...readProjectLayers(cwd, problems)], problems }
}

/** Reads the project and local settings of a working directory, weakest first; adds a warning for each file it cannot use. */
export function readProjectLayers(cwd: string, problems: string[] = []): SettingsLayer[] {
  return [
    ...readLayer('project', join(cwd, '.claude', 'settings.json'), problems),
    ...readLayer('local', join(cwd, '.claude', 'settings.local.json'), problems),
  ]
}

function readLayer(scope: SettingsLayer['scope'], file: string, problems: string[]): SettingsLayer[] {
  const values = readObject(file, problems)
  return values === null ? [] : [{ scope, file, values }]
}

/**
 * Merges the settings files: lists are joined, the stronger file overrides single values (section 4). An untrusted project
 * can only forbid: a variable of its `env` (PATH, BASH_ENV) would run its code in the user's own commands.
 */
export function readClaudeSettings(options: ClaudeSettingsOptions): ClaudeSettings {
  const { layers, problems } = readSettingsLayers(options)
  const permissions = layers.map(({ values }) => asObject(values.permissions))
  const allowing = layers
    .filter(({ scope }) => scope === 'user' || options.projectAllowCounts)
    .map(({ values }) => asObject(values.permissions))
  const last = (key: string, from: readonly Values[]): unknown =>
    from.findLast((values) => values[key] !== undefined)?.[key]
  const counts = options.projectCounts ?? options.projectAllowCounts
  const loosening = layers.filter(({ scope }) => scope === 'user' || counts).map(({ values }) => values)
  const mode = last(
    'defaultMode',
    loosening.map(({ permissions: own }) => asObject(own)),
  )
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
    problems,
  }
}

const NO_SHELL = 'disableSkillShellExecution'

function readObject(file: string, problems: string[]): Values | null {
  let text: string
  try {
    text = readTextFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') problems.push(`${file} could not be read (${code}); it is ignored.`)
    return null
  }
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
    problems.push(`${file}: expected a JSON object; the file is ignored.`)
  } catch (error) {
    problems.push(`${file}:${lineOfJsonError(text, error)}: not valid JSON; the file is ignored.`)
  }
  return null
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
