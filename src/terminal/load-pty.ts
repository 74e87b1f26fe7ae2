import { chmodSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type PtyModule = typeof import('node-pty')
export type LoadedPty = { pty: PtyModule; reason: null } | { pty: null; reason: string }

/** Makes node-pty's macOS helper executable and imports node-pty; on failure `pty` is null and `reason` is one sentence. */
export async function loadPty(): Promise<LoadedPty> {
  if (process.platform === 'win32') return { pty: null, reason: 'codex-plus does not support the PTYs of Windows' }
  try {
    const notExecutable = fixSpawnHelper(dirname(createRequire(import.meta.url).resolve('node-pty/package.json')))
    if (notExecutable) return { pty: null, reason: `${notExecutable} is not executable` }
    return { pty: await import('node-pty'), reason: null }
  } catch (error) {
    return { pty: null, reason: firstLine(error) }
  }
}

/**
 * Sets the execute bits that `spawn-helper` lacks in node-pty's tarball (https://github.com/microsoft/node-pty/issues/850);
 * returns the path of a helper that still cannot be executed, or null.
 */
export function fixSpawnHelper(folder: string): string | null {
  let notExecutable: string | null = null
  for (const build of ['build/Release', 'build/Debug', `prebuilds/${process.platform}-${process.arch}`]) {
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

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
