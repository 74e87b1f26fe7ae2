import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readSettingsLayers, type SettingsLayer } from '../../config/claude-settings.js'
import { folderTrust, trustFiles } from '../../config/trust.js'
import { claudeHome, gitRoot } from '../../paths.js'
import type { Hook } from './hook.js'
import { parseHooks } from './parse-hooks.js'
import { problemLines } from './problem-lines.js'

/** The hooks of a place as its settings files stand now. */
export interface Registered {
  /** Those that may run, in the order of the files: user, project, local. */
  readonly hooks: readonly Hook[]
  /** Those of a project that is not trusted, or all where they are switched off. */
  readonly skipped: ReadonlyArray<{ readonly hook: Hook; readonly why: string }>
  /** What is wrong in the files, a line each. */
  readonly problems: readonly string[]
  readonly trusted: boolean
  /** `env` of the settings files that may say something. */
  readonly env: Readonly<Record<string, string>>
}

/** Why a project's hooks do not run. */
export const UNTRUSTED = 'the folder is not trusted; run `codex-plus plus trust`'

export interface RegistryOptions {
  /** Where the session was started: a project's settings are read there alone. */
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Runs a project's hooks as if its folder were trusted. */
  readonly assumeTrust?: boolean
}

/** Makes the reader of a place's hooks. It looks at the files each time, and reads them again when one has changed. */
export function createRegistry(options: RegistryOptions): () => Registered {
  const { cwd, env } = options
  const files = [
    join(claudeHome(env), 'settings.json'),
    join(cwd, '.claude', 'settings.json'),
    join(cwd, '.claude', 'settings.local.json'),
    ...trustFiles(env),
  ]
  let stamp: string | undefined
  let registered: Registered | undefined
  return () => {
    const now = files.map(stampOf).join('\n')
    if (registered === undefined || now !== stamp) {
      registered = readHooks(options)
      stamp = now
    }
    return registered
  }
}

function stampOf(file: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(file, { bigint: true })
    return `${mtimeNs} ${size} ${ino}`
  } catch {
    return ''
  }
}

function readHooks({ cwd, env, assumeTrust }: RegistryOptions): Registered {
  const { layers: read, problems } = readSettingsLayers({ cwd, env })
  // In the home folder the project's file is the user's own.
  const layers = read.filter(({ file }, at) => read.findIndex((layer) => resolve(layer.file) === resolve(file)) === at)
  // Asked late: it reads codex's configuration, and every start of codex waits for this.
  let trust: boolean | undefined
  const trusted = (): boolean => {
    trust ??= assumeTrust === true || folderTrust(cwd, gitRoot(cwd), env).trusted
    return trust
  }
  const counting = layers.filter((layer) => !isProjects(layer) || trusted())
  const off = switchedOffBy(counting)
  const defined = layers.map((layer) => {
    const { hooks, problems: found } = parseHooks(layer.values.hooks, { scope: layer.scope, file: layer.file })
    problems.push(...problemLines(layer.file, found))
    return { layer, hooks }
  })
  const whyNot = (layer: SettingsLayer): string | null => {
    if (off !== null) return `disableAllHooks in ${off}`
    return counting.includes(layer) ? null : UNTRUSTED
  }
  return {
    hooks: defined.flatMap(({ layer, hooks }) => (whyNot(layer) === null ? hooks : [])),
    skipped: defined.flatMap(({ layer, hooks }) => {
      const why = whyNot(layer)
      return why === null ? [] : hooks.map((hook) => ({ hook, why }))
    }),
    problems,
    get trusted() {
      return trusted()
    },
    env: Object.assign({}, ...counting.map(({ values }) => variables(values.env))),
  }
}

/** The file that switches all hooks off: the strongest that says anything decides (oracle h172, h173). */
function switchedOffBy(layers: readonly SettingsLayer[]): string | null {
  const deciding = layers.findLast(({ values }) => typeof values.disableAllHooks === 'boolean')
  return deciding?.values.disableAllHooks === true ? deciding.file : null
}

function isProjects({ scope }: SettingsLayer): boolean {
  return scope !== 'user'
}

function variables(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value).filter(([, entry]) => ['string', 'number', 'boolean'].includes(typeof entry))
  return Object.fromEntries(entries.map(([key, entry]) => [key, String(entry)]))
}
