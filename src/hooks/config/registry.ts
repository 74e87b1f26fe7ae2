// This folder reads the hooks of the settings files and of command front matter, and checks them.
import { join, resolve } from 'node:path'
import { isProjectScope, managedFiles, readSettingsLayers, type SettingsLayer } from '../../config/claude-settings.js'
import { fileStamp } from '../../config/file-stamp.js'
import type { SessionSnapshot } from '../../config/session-snapshot.js'
import { folderTrust, trustFiles } from '../../config/trust.js'
import { claudeHome, gitRoot } from '../../paths.js'
import type { Hook } from './hook.js'
import { parseHooks } from './parse-hooks.js'
import { problemLines } from './problem-lines.js'

/** The hooks in the settings files of a working directory, as they are now. */
export interface Registered {
  /** Hooks that may run, in the order of the files: user, project, local. */
  readonly hooks: readonly Hook[]
  /** Hooks that do not run: those of an untrusted project, or those that `disableAllHooks` switches off. */
  readonly skipped: ReadonlyArray<{ readonly hook: Hook; readonly why: string }>
  /** Problems in the files, one line each. */
  readonly problems: readonly string[]
  readonly trusted: boolean
  /** The events with a hook that runs now, or would run if the folder were trusted. */
  readonly events: ReadonlySet<string>
  /** The merged `env` of the settings files that apply (project files only if trusted). */
  readonly env: Readonly<Record<string, string>>
}

/** Why a project's hooks do not run. */
export const UNTRUSTED = 'the folder is not trusted; run `codex-plus plus trust`'

export interface RegistryOptions {
  /** The working directory of the session; project settings are read only there. */
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Runs project hooks as if the folder were trusted. */
  readonly assumeTrust?: boolean
  /** The settings files as they were when the session began; without it they are read as they are. */
  readonly snapshot?: SessionSnapshot
}

/**
 * Returns a function that reads the hooks of a working directory. It reads the trust lists again when they change, and the
 * settings files when they change (without a snapshot) or when the snapshot is reloaded.
 */
export function createRegistry(options: RegistryOptions): () => Registered {
  const { cwd, env, snapshot } = options
  const settings = [
    join(claudeHome(env), 'settings.json'),
    join(cwd, '.claude', 'settings.json'),
    join(cwd, '.claude', 'settings.local.json'),
    ...managedFiles(),
  ]
  const files = [...(snapshot === undefined ? settings : []), ...trustFiles(env)]
  let stamp: string | undefined
  let registered: Registered | undefined
  return () => {
    const now = [snapshot?.generation() ?? 0, ...files.map(fileStamp)].join('\n')
    if (registered === undefined || now !== stamp) {
      registered = readHooks(options)
      stamp = now
    }
    return registered
  }
}

function readHooks({ cwd, env, assumeTrust, snapshot }: RegistryOptions): Registered {
  const { layers: read, problems } = readSettingsLayers({ cwd, env, read: snapshot?.read })
  // In the home folder the project file and the user file are the same: read it once.
  const layers = read.filter(({ file }, at) => read.findIndex((layer) => resolve(layer.file) === resolve(file)) === at)
  // Evaluated only when needed: it reads codex's configuration, and every start of codex waits for this.
  let trust: boolean | undefined
  const trusted = (): boolean => {
    trust ??= assumeTrust === true || folderTrust(cwd, gitRoot(cwd), env).trusted
    return trust
  }
  const active = layers.filter((layer) => !isProjectLayer(layer) || trusted())
  const offOnceTrusted = switchedOffBy(layers)
  const switchedOff = {
    // A project never switches off the user's own hooks.
    user: switchedOffBy(active.filter((layer) => !isProjectLayer(layer))),
    project: switchedOffBy(active),
  }
  const defined = layers.map((layer) => {
    const { hooks, problems: found } = parseHooks(layer.values.hooks, { scope: layer.scope, file: layer.file })
    problems.push(...problemLines(layer.file, found))
    return { layer, hooks }
  })
  const skipReason = (layer: SettingsLayer): string | null => {
    const off = switchedOff[isProjectLayer(layer) ? 'project' : 'user']
    if (off !== null) return `disableAllHooks in ${off}`
    return active.includes(layer) ? null : UNTRUSTED
  }
  return {
    hooks: defined.flatMap(({ layer, hooks }) => (skipReason(layer) === null ? hooks : [])),
    skipped: defined.flatMap(({ layer, hooks }) => {
      const why = skipReason(layer)
      return why === null ? [] : hooks.map((hook) => ({ hook, why }))
    }),
    problems,
    get trusted() {
      return trusted()
    },
    events: new Set(
      defined.flatMap(({ layer, hooks }) => {
        const mayRun = skipReason(layer) === null || (isProjectLayer(layer) && offOnceTrusted === null)
        return mayRun ? hooks.map(({ event }) => event) : []
      }),
    ),
    env: Object.assign({}, ...active.map(({ values }) => variables(values.env))),
  }
}

/**
 * Returns the file that disables hooks, or null: of these files, the one with the highest precedence that sets the key decides
 * (oracle h172, h173).
 */
function switchedOffBy(layers: readonly SettingsLayer[]): string | null {
  const deciding = layers.findLast(({ values }) => typeof values.disableAllHooks === 'boolean')
  return deciding?.values.disableAllHooks === true ? deciding.file : null
}

function isProjectLayer({ scope }: SettingsLayer): boolean {
  return isProjectScope(scope)
}

function variables(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value).filter(([, entry]) => ['string', 'number', 'boolean'].includes(typeof entry))
  return Object.fromEntries(entries.map(([key, entry]) => [key, String(entry)]))
}
