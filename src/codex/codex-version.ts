import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { replacePrivateFile, xdgFolder } from '../paths.js'
import { captureOutput } from '../process/capture-output.js'
import type { FoundCodex } from './find-codex.js'

/** The codex versions that this release was tested with, as `major.minor`. */
export const TESTED = ['0.169'] as const

/** Returns the cached version of this codex file (same path, size and modification time), or null. */
export function cachedVersion(codex: FoundCodex, env: NodeJS.ProcessEnv): string | null {
  try {
    const version = readCache(env)[cacheKey(codex)]
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

/** Runs `codex --version` and caches the result; returns null when it fails or takes more than ten seconds. */
export async function readVersion(codex: FoundCodex, env: NodeJS.ProcessEnv): Promise<string | null> {
  const options = { env: { ...env, ...codex.env }, timeoutMs: 10_000 }
  const result = await captureOutput(codex.file, [...codex.argsPrefix, '--version'], options)
  const version = 'stdout' in result ? (/(\d+\.\d+\.\d+\S*)/.exec(result.stdout)?.[1] ?? null) : null
  if (version !== null) writeCache(cacheKey(codex), version, env)
  return version
}

/** Returns the warning for an untested version, or null. */
export function versionNotice(version: string): string | null {
  if (TESTED.some((tested) => version.startsWith(`${tested}.`))) return null
  return `codex ${version} was not tested with this release (tested: ${TESTED.join(', ')}); if something fails, try --plus-safe.`
}

/** Whether a codex version knows permission profiles as codex-0.169 section 7.2 describes them; false if it is not known. */
export function hasProfiles(version: string | null): boolean {
  const [, major = 0, minor = 0] = /^(\d+)\.(\d+)\./.exec(version ?? '')?.map(Number) ?? []
  return major > 0 || minor >= 169
}

function cacheFile(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('cache', env), 'codex-versions.json')
}

function cacheKey(codex: FoundCodex): string {
  const file = realpathSync(codex.argsPrefix[0] ?? codex.file)
  const { size, mtimeMs } = statSync(file)
  return `${file}:${size}:${mtimeMs}`
}

function readCache(env: NodeJS.ProcessEnv): Record<string, unknown> {
  return JSON.parse(readFileSync(cacheFile(env), 'utf8')) as Record<string, unknown>
}

function writeCache(key: string, version: string, env: NodeJS.ProcessEnv): void {
  try {
    replacePrivateFile(cacheFile(env), JSON.stringify({ ...otherEntries(env, key), [key]: version }))
  } catch {
    // Without a cache the next run reads the version again.
  }
}

/** Returns the cached versions of other files; entries for an earlier state of the same file are dropped. */
function otherEntries(env: NodeJS.ProcessEnv, key: string): Record<string, unknown> {
  const file = key.slice(0, key.lastIndexOf(':', key.lastIndexOf(':') - 1) + 1)
  try {
    return Object.fromEntries(Object.entries(readCache(env)).filter(([other]) => !other.startsWith(file)))
  } catch {
    return {}
  }
}
