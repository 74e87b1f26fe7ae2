import { readFileSync } from 'node:fs'
import { cachedVersion, readVersion } from '../codex/codex-version.js'
import { packageFile } from '../package-file.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import type { Start } from './command-line.js'

/** The version of this package. */
export function ownVersion(): string {
  const manifest = readFileSync(packageFile('package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** Prints both versions; codex's comes from the cache where its file has not changed. */
export async function printVersions({ codex, env }: Start): Promise<ExitStatus> {
  const version = cachedVersion(codex, env) ?? (await readVersion(codex, env)) ?? 'of unknown version'
  process.stdout.write(`codex-plus ${ownVersion()}\ncodex-cli ${version}\n`)
  return { code: 0, signal: null }
}
