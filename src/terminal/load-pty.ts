import { chmodSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type PtyModule = typeof import('node-pty')
export type LoadedPty = { pty: PtyModule; reason: null } | { pty: null; reason: string }

/** Imports node-pty, its macOS helper made executable first; `pty` is null, with one sentence why, where that fails. */
export async function loadPty(): Promise<LoadedPty> {
  if (process.platform === 'win32') return { pty: null, reason: 'Windows has no PTY of the kind codex-plus needs' }
  try {
    const unmended = fixSpawnHelper(dirname(createRequire(import.meta.url).resolve('node-pty/package.json')))
    if (unmended) return { pty: null, reason: `${unmended} is not executable` }
    return { pty: await import('node-pty'), reason: null }
  } catch (error) {
    return { pty: null, reason: firstLine(error) }
  }
}

/**
 * Sets the run bits node-pty's tarball lacks on `spawn-helper` (https://github.com/microsoft/node-pty/issues/850);
 * returns the helper of this platform that still cannot be run, if any.
 */
export function fixSpawnHelper(folder: string): string | null {
  let unmended: string | null = null
  for (const build of ['build/Release', 'build/Debug', `prebuilds/${process.platform}-${process.arch}`]) {
    const helper = join(folder, build, 'spawn-helper')
    const mode = statSync(helper, { throwIfNoEntry: false })?.mode
    if (mode === undefined || (mode & 0o111) === 0o111) continue
    try {
      chmodSync(helper, (mode & 0o777) | 0o111)
    } catch {
      if ((mode & 0o111) === 0) unmended ??= helper
    }
  }
  return unmended
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
