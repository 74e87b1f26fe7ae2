import { readFileSync } from 'node:fs'
import { packageFile } from './package-file.js'

/** Returns the version of this package, from its package.json. */
export function packageVersion(): string {
  const manifest = readFileSync(packageFile('package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
