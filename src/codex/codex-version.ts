import { execFile } from 'node:child_process'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { replacePrivateFile, xdgFolder } from '../paths.js'
import type { FoundCodex } from './find-codex.js'

/** The versions of codex this release was tested with, as `major.minor`. */
export const TESTED = ['0.169'] as const

/** The version that was read from this very file before (path, size and time of change agree), or null. */
export function cachedVersion(codex: FoundCodex, env: NodeJS.ProcessEnv): string | null {
  try {
    const version = readCache(env)[cacheKey(codex)]
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

/** Asks codex for its version and remembers the answer; null where it gives none within ten seconds. */
export async function readVersion(codex: FoundCodex, env: NodeJS.ProcessEnv): Promise<string | null> {
  const version = await new Promise<string | null>((resolve) => {
    const options = { env: { ...env, ...codex.env }, timeout: 10_000 }
    execFile(codex.file, [...codex.argsPrefix, '--version'], options, (error, stdout) => {
      resolve(error ? null : (/(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? null))
    })
  })
  if (version !== null) writeCache(cacheKey(codex), version, env)
  return version
}

/** One line for a version outside the tested range, or null. */
export function versionNotice(version: string): string | null {
  if (TESTED.some((tested) => version.startsWith(`${tested}.`))) return null
  return `codex ${version} was not tested with this release (tested: ${TESTED.join(', ')}); if something fails, try --plus-safe.`
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
    replacePrivateFile(cacheFile(env), JSON.stringify({ ...othersIn(env, key), [key]: version }))
  } catch {
    // Without a cache the version is asked for again next time.
  }
}

/** The other files' versions; what is said of a former state of the same file goes. */
function othersIn(env: NodeJS.ProcessEnv, key: string): Record<string, unknown> {
  const file = key.slice(0, key.lastIndexOf(':', key.lastIndexOf(':') - 1) + 1)
  try {
    return Object.fromEntries(Object.entries(readCache(env)).filter(([other]) => !other.startsWith(file)))
  } catch {
    return {}
  }
}
