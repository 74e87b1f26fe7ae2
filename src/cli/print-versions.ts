import { cachedVersion, readVersion } from '../codex/codex-version.js'
import { packageVersion } from '../package-version.js'
import type { Start } from '../run/start.js'
import type { ExitStatus } from '../terminal/exit-status.js'

/** Prints the versions of codex-plus and codex; codex's comes from the cache while its file has not changed. */
export async function printVersions({ codex, env }: Start): Promise<ExitStatus> {
  const version = cachedVersion(codex, env) ?? (await readVersion(codex, env)) ?? 'of unknown version'
  process.stdout.write(`codex-plus ${packageVersion()}\ncodex-cli ${version}\n`)
  return { code: 0, signal: null }
}
