import { gitRoot, isWithin, realPath, statsOf } from '../paths.js'
import { readTrust } from './trust.js'

/**
 * Returns a warning for a project's file that leads out of its untrusted folder (a link to it, or to a folder above it): what
 * such a file names is not the project's. Null for a file inside, and in a trusted folder.
 */
export function outsideLinkProblem(file: string, cwd: string, env: NodeJS.ProcessEnv): string | null {
  const root = realPath(gitRoot(cwd) ?? cwd)
  const real = realPath(file)
  if (real === file || isWithin(real, root) || !statsOf(real)?.isFile() || readTrust(env)(cwd)) return null
  return `${file} leads out of ${root}, which you have not trusted; it is ignored.`
}
