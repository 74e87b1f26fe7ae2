import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'

/** Rust target by Node's platform and architecture, as in codex's launcher (`@openai/codex/bin/codex.js`, 0.169). */
const TARGETS: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
}

/** The variables that the launcher unsets before it names the package manager. */
const NO_MANAGER = {
  CODEX_MANAGED_BY_BUN: undefined,
  CODEX_MANAGED_BY_PNPM: undefined,
  CODEX_MANAGED_BY_VITE_PLUS: undefined,
} as const

/**
 * Finds the native binary behind codex's npm launcher and the environment the launcher would give it, which saves one
 * Node process. Returns null for anything but an npm install with the layout of 0.169; the launcher itself is run then.
 */
export function nativeCodex(launcher: string, env: NodeJS.ProcessEnv): { file: string; env: NodeJS.ProcessEnv } | null {
  const target = TARGETS[`${process.platform}-${process.arch}`]
  if (!target || !launcher.endsWith(join('@openai', 'codex', 'bin', 'codex.js'))) return null
  // The launcher itself tells other package managers apart, for its update hint.
  if (isOtherManager(launcher, env)) return null
  const root = dirname(dirname(launcher))
  try {
    const platform = `@openai/codex-${process.platform}-${process.arch}/package.json`
    const file = join(dirname(createRequire(launcher).resolve(platform)), 'vendor', target, 'bin', 'codex')
    if (!existsSync(file)) return null
    return { file, env: { ...NO_MANAGER, CODEX_MANAGED_BY_NPM: '1', CODEX_MANAGED_PACKAGE_ROOT: realpathSync(root) } }
  } catch {
    return null
  }
}

function isOtherManager(launcher: string, env: NodeJS.ProcessEnv): boolean {
  const parts = launcher.split(sep)
  // pnpm with a flat layout writes this file beside the packages.
  if (existsSync(join(dirname(launcher), '..', '..', '..', '.modules.yaml'))) return true
  const marks = ['.pnpm', '.bun', '.vite-plus', 'packages']
  const agent = `${env.npm_config_user_agent ?? ''} ${env.npm_execpath ?? ''}`
  return marks.some((mark) => parts.includes(mark)) || /bun|pnpm/.test(agent)
}
