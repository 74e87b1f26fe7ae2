import { chmodSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { PtyModule } from './pty-module.js'

export type LoadedPty = { pty: PtyModule; name: string; reason: null } | { pty: null; reason: string }

/**
 * The packages that give a PTY, in the order they are tried. `@lydell/node-pty` is the same code with its binaries in the
 * package: it needs no compiler and no install script, which npm 12 blocks and node-pty 1.1 needs on Linux.
 */
export const PTY_PACKAGES = ['node-pty', '@lydell/node-pty'] as const

/** Imports the first PTY package that loads. Where none does, `pty` is null and `reason` names each package and its error. */
export async function loadPty(packages: readonly string[] = PTY_PACKAGES): Promise<LoadedPty> {
  if (process.platform === 'win32') return { pty: null, reason: 'Windows has no PTY of the kind codex-plus needs' }
  const reasons: string[] = []
  for (const name of packages) {
    try {
      return { pty: requirePty(name), name, reason: null }
    } catch (error) {
      reasons.push(`${name}: ${reasonOf(error)}`)
    }
  }
  return { pty: null, reason: reasons.join('; ') }
}

function requirePty(name: string): PtyModule {
  const require = createRequire(import.meta.url)
  const holder = name === 'node-pty' ? name : `${name}-${process.platform}-${process.arch}`
  const notExecutable = fixSpawnHelper(dirname(require.resolve(`${holder}/package.json`)))
  if (notExecutable) throw new Error(`${notExecutable} is not executable`)
  // Both are CommonJS; `require` gives the same object whether or not a bundler is in between.
  return require(name) as PtyModule
}

/**
 * Sets the execute bits that `spawn-helper` lacks in node-pty's tarball (https://github.com/microsoft/node-pty/issues/850);
 * returns the path of a helper that still cannot be executed, or null.
 */
export function fixSpawnHelper(folder: string): string | null {
  let notExecutable: string | null = null
  for (const build of ['.', 'build/Release', 'build/Debug', `prebuilds/${process.platform}-${process.arch}`]) {
    const helper = join(folder, build, 'spawn-helper')
    const mode = statSync(helper, { throwIfNoEntry: false })?.mode
    if (mode === undefined || (mode & 0o111) === 0o111) continue
    try {
      chmodSync(helper, (mode & 0o777) | 0o111)
    } catch {
      if ((mode & 0o111) === 0) notExecutable ??= helper
    }
  }
  return notExecutable
}

/** One short sentence: node's resolution errors list the requiring files, node-pty's the places it looked in. */
function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'MODULE_NOT_FOUND') return 'not installed'
  const text = error instanceof Error ? error.message : String(error)
  return (text.split('\n', 1)[0] ?? text).replace(/[.:,]$/, '')
}
