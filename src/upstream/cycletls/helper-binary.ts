import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CodexPlusError } from '../../errors.js'

/** The file names in `dist/` of cycletls 2.0.5. There is none for Windows on arm64. */
const NAMES: Readonly<Record<string, string>> = {
  'linux-x64': 'index',
  'linux-arm': 'index-arm',
  'linux-arm64': 'index-arm64',
  'darwin-x64': 'index-mac',
  'darwin-arm64': 'index-mac-arm64',
  'win32-x64': 'index.exe',
  'freebsd-x64': 'index-freebsd',
}

/** Returns the path of the helper's program. Throws CP_UPSTREAM_HELPER when there is none for this machine. */
export function findBinary(platform: string = process.platform, arch: string = process.arch): string {
  const name = NAMES[`${platform}-${arch}`]
  if (name === undefined) throw missing(`cycletls has no helper for ${platform} on ${arch}`)
  let path: string
  try {
    // Only resolved, never imported: importing cycletls takes over the process's signal handling.
    path = join(dirname(createRequire(import.meta.url).resolve('cycletls/package.json')), 'dist', name)
  } catch (cause) {
    throw missing('the optional package cycletls is not installed', cause)
  }
  try {
    accessSync(path, constants.X_OK)
  } catch (cause) {
    throw missing(`${path} cannot be run`, cause)
  }
  return path
}

function missing(what: string, cause?: unknown): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_HELPER', `${what}.`, { cause })
}
