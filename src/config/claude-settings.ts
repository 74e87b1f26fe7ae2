import { join } from 'node:path'
import { isObject } from '../json.js'
import { claudeHome } from '../paths.js'
import { lineOfJsonError } from './json-line.js'
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

/** One parsed settings file and its scope. */
export interface SettingsLayer {
  readonly scope: 'user' | 'project' | 'local'
  readonly file: string
  readonly values: Values
}

/** Reads user, project and local settings, weakest first; project files only from the working directory (section 2). */
export function readSettingsLayers(options: SettingsFolder): {
  layers: SettingsLayer[]
  problems: string[]
} {
  const problems: string[] = []
  const files: ReadonlyArray<readonly [SettingsLayer['scope'], string]> = [
    ['user', join(claudeHome(options.env), 'settings.json')],
    ['project', join(options.cwd, '.claude', 'settings.json')],
    ['local', join(options.cwd, '.claude', 'settings.local.json')],
  ]
  const layers = files.flatMap(([scope, file]) => {
    const outside = scope === 'user' ? null : outsideLinkProblem(file, options.cwd, options.env)
    if (outside !== null) problems.push(outside)
    const values = outside === null ? readObject(file, problems, options.read ?? readTextFile) : null
    return values === null ? [] : [{ scope, file, values }]
  })
  return { layers, problems }
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

function readObject(file: string, problems: string[], read: FileReader): Values | null {
  let text: string
  try {
    text = read(file)
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
