import { realpathSync } from 'node:fs'
import { type FoundCodex, findCodex } from '../codex/find-codex.js'
import { packageFile } from '../package-file.js'
import { gitRoot, homeFolder, isWithin } from '../paths.js'
import type { Notices } from './notices.js'

/** Finds codex and warns about each ignored candidate. Throws if there is no codex. */
export function locateCodex(env: NodeJS.ProcessEnv, cwd: string, notices: Notices): FoundCodex {
  const ownProgram = realpathSync(packageFile('bin/codex-plus.js'))
  const codex = findCodex({ env, projectRoot: projectRoot(env, cwd), ownProgram })
  for (const { path, reason } of codex.ignored) notices.say(`${path} is not run: ${reason}.`)
  return codex
}

/** Returns the project folder, whose executables are not trusted; null if `cwd` is the user's home or above it. */
function projectRoot(env: NodeJS.ProcessEnv, cwd: string): string | null {
  const root = gitRoot(cwd) ?? cwd
  return isWithin(homeFolder(env), root) ? null : root
}
