// Folder codex: what is known about the codex executable (arguments, version, commands, models), and how it is started.

import type { FoundCodex } from './find-codex.js'
import type { CodexInvocation } from './parse-arguments.js'

/** The program, arguments and environment to spawn. */
export interface Launch {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

export interface LaunchOptions {
  readonly invocation: CodexInvocation
  readonly codex: FoundCodex
  readonly env: NodeJS.ProcessEnv
  /** `http://127.0.0.1:PORT/<secret>/v1`; null runs codex on its own. */
  readonly base: string | null
  /** Further `-c key=value` overrides that codex-plus adds. */
  readonly overrides?: readonly string[]
  /** Further arguments that codex-plus adds in front of the user's. */
  readonly flags?: readonly string[]
  /** `key=value` texts that replace the user's override at that index of their arguments. */
  readonly replaced?: ReadonlyMap<number, string>
  /** Indices of the user's arguments that are left out. */
  readonly dropped?: ReadonlySet<number>
  /** `-c key=value` overrides that count over the user's own, whatever these are. */
  readonly lastOverrides?: readonly string[]
  /** Whether this codex reads its base URL from the environment: only versions before `openai_base_url`. */
  readonly needsVariable?: boolean
  /** Whether codex must run without a login, as with the embedded echo upstream. */
  readonly withoutLogin?: boolean
}

/** The variable with the base URL of older codex versions. */
export const BASE_VARIABLE = 'OPENAI_BASE_URL'

/** Builds the command line and environment that codex is started with (codex-0.169 section 1.5). */
export function buildLaunch(options: LaunchOptions): Launch {
  const { invocation, codex, base } = options
  if (base === null) {
    return {
      file: codex.file,
      args: [...codex.argsPrefix, ...invocation.forwarded],
      env: withoutUnset({ ...options.env, ...codex.env }),
    }
  }
  const overrides = [...baseOverrides(base, options.withoutLogin ?? false), ...(options.overrides ?? [])]
  // Without --no-daemon the TUI warns that overrides keep it from its shared background server.
  const own = ['--no-daemon', ...overrides.flatMap((override) => ['-c', override]), ...(options.flags ?? [])]
  return {
    file: codex.file,
    args: [...codex.argsPrefix, ...own, ...userArguments(options, base)],
    env: proxiedEnv(options, base),
  }
}

function baseOverrides(base: string, withoutLogin: boolean): string[] {
  if (!withoutLogin) return [`openai_base_url=${JSON.stringify(base)}`]
  // The built-in provider shows the sign-in screen; a custom one needs no login and sends no token.
  const provider = `{name="OpenAI",base_url=${JSON.stringify(base)},requires_openai_auth=false,supports_websockets=false}`
  return ['model_provider="codex-plus-echo"', `model_providers.codex-plus-echo=${provider}`]
}

/**
 * Returns the user's arguments with their own base URL replaced in place: that URL is now the proxy's upstream, and a
 * later `-c` would win over an added one. Overrides that a feature has extended are replaced in the same way.
 */
function userArguments({ invocation, replaced, dropped, lastOverrides = [] }: LaunchOptions, base: string): string[] {
  const args = [...invocation.forwarded]
  for (const { key, index, prefix } of invocation.overrides) {
    if (key === 'openai_base_url') args[index] = `${prefix}openai_base_url=${JSON.stringify(base)}`
    const text = replaced?.get(index)
    if (text !== undefined) args[index] = prefix + text
  }
  // Behind all of the user's options, so after the subcommand, and before the words that follow `--`.
  const end = invocation.optionsEnd
  const own = lastOverrides.flatMap((override) => ['-c', override])
  return [...args.slice(0, end).filter((_arg, index) => !dropped?.has(index)), ...own, ...args.slice(end)]
}

function proxiedEnv({ env, codex, invocation, needsVariable }: LaunchOptions, base: string): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = { ...env, ...codex.env, ...(needsVariable ? { [BASE_VARIABLE]: base } : {}) }
  // codex sends even loopback requests through the proxy of the environment.
  for (const name of ['NO_PROXY', 'no_proxy']) result[name] = withLoopback(env[name] ?? env.NO_PROXY ?? env.no_proxy)
  const [first] = invocation.subcommand
  // codex logs one ERROR line on stderr for the 426 response that refuses its WebSocket.
  if (env.RUST_LOG === undefined && (first === 'exec' || first === 'e' || first === 'review')) {
    result.RUST_LOG = 'error,codex_api::endpoint::responses_websocket=off'
  }
  return withoutUnset(result)
}

/** node-pty would pass an undefined variable as the text `undefined`. */
function withoutUnset(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
}

function withLoopback(value: string | undefined): string {
  const entries = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  for (const host of ['127.0.0.1', 'localhost']) if (!entries.includes(host)) entries.push(host)
  return entries.join(',')
}
