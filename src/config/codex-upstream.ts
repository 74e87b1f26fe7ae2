import { join, resolve } from 'node:path'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import { codexHome, foldersUpTo } from '../paths.js'
import { parseTomlValue, readToml } from './toml.js'
import { quoted, urlProblem } from './url.js'

/** Where codex's own configuration sends its model calls. */
export interface CodexConfig {
  /** The user's own base URL, which becomes the upstream. */
  readonly upstream: { readonly url: URL; readonly source: string } | null
  /** The reason why codex runs without the proxy, as one sentence; null when it is proxied. */
  readonly unproxied: string | null
  readonly notices: readonly string[]
}

export interface CodexConfigOptions {
  readonly invocation: CodexInvocation
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly gitRoot: string | null
  /** `/etc/codex`; tests use another folder. */
  readonly systemFolder?: string
}

interface Layer {
  readonly source: string
  readonly values: Record<string, unknown>
}

/** The keys that decide where model calls go. */
const KEYS = ['openai_base_url', 'model_provider'] as const
/** Keys of a project's file that would send the login elsewhere. codex-plus ignores them with a warning. */
const PROJECT_KEYS = ['openai_base_url', 'chatgpt_base_url', 'model_provider', 'model_providers'] as const

/**
 * Reads codex's configuration layers, weakest first: system, user, profile, command line; a managed file overrides them
 * all (section 1.1).
 */
export function readCodexConfig(options: CodexConfigOptions): CodexConfig {
  const { invocation, env } = options
  const notices: string[] = []
  const etc = options.systemFolder ?? '/etc/codex'
  const home = codexHome(env)
  const layers: Layer[] = []
  const add = (file: string): void => {
    const read = readToml(file, KEYS)
    if (read === null) return
    if ('problem' in read) notices.push(read.problem)
    else layers.push({ source: file, values: read.values })
  }
  add(join(etc, 'config.toml'))
  if (!invocation.ignoreUserConfig) {
    add(join(home, 'config.toml'))
    if (invocation.profile !== null && /^[\w.-]+$/.test(invocation.profile)) {
      add(join(home, `${invocation.profile}.config.toml`))
    }
  }
  for (const { key, value } of invocation.overrides) {
    layers.push({ source: `-c ${key}`, values: { [key]: parseTomlValue(value) } })
  }
  notices.push(...projectNotices(options))

  const managed = readManaged(join(etc, 'managed_config.toml'), notices)
  const provider = managed?.values.model_provider ?? strongest(layers, 'model_provider')?.values.model_provider
  const unproxied = whyUnproxied(invocation, managed, provider)
  const base = strongest(layers, 'openai_base_url')
  if (unproxied !== null || base === null) return { upstream: null, unproxied, notices }
  const text = String(base.values.openai_base_url)
  const problem = urlProblem(text)
  if (problem === null) return { upstream: { url: new URL(text), source: base.source }, unproxied, notices }
  // No fallback to another server: it would receive a key that is not meant for it.
  const reason = `${base.source}: openai_base_url ${quoted(text)} ${problem}, so codex runs without codex-plus.`
  return { upstream: null, unproxied: reason, notices }
}

function strongest(layers: readonly Layer[], key: string): Layer | null {
  const layer = layers.findLast(({ values }) => typeof values[key] === 'string')
  // An empty value hides the layers below and means codex's default (seen on 0.169).
  return layer && layer.values[key] !== '' ? layer : null
}

function readManaged(file: string, notices: string[]): Layer | null {
  const read = readToml(file, KEYS)
  if (read === null) return null
  if ('values' in read) return { source: file, values: read.values }
  notices.push(read.problem)
  return null
}

function whyUnproxied(invocation: CodexInvocation, managed: Layer | null, provider: unknown): string | null {
  if (invocation.oss) return '--oss runs a local model, so codex runs without codex-plus.'
  if (invocation.remote) return '--remote makes the model calls on another machine, so codex runs without codex-plus.'
  if (managed?.values.openai_base_url !== undefined) {
    return `${managed.source} pins openai_base_url and cannot be overridden, so codex runs without codex-plus.`
  }
  if (typeof provider === 'string' && provider !== 'openai') {
    return `model_provider is '${provider}', not openai, so codex runs without codex-plus.`
  }
  return null
}

function projectNotices({ cwd, gitRoot, env }: CodexConfigOptions): string[] {
  const notices: string[] = []
  for (const folder of foldersUpTo(cwd, gitRoot ?? cwd)) {
    const file = join(folder, '.codex', 'config.toml')
    // The home folder's `.codex` is the user's own, not a project's.
    if (join(folder, '.codex') === resolve(codexHome(env))) continue
    const read = readToml(file, PROJECT_KEYS)
    if (read === null || 'problem' in read) continue
    const keys = PROJECT_KEYS.filter((key) => read.values[key] !== undefined)
    if (keys.length)
      notices.push(`${file}: ${keys.join(', ')} ignored: a project cannot choose where your login is sent.`)
  }
  return notices
}
