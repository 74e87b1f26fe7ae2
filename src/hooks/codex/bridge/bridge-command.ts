import { delimiter, isAbsolute, join } from 'node:path'
import { packageFile } from '../../../package-file.js'
import { isExecutable } from '../../../process/executable.js'

/** The variable with the URL that the bridge script calls; in a command line it would be visible to every user of the machine. */
export const BRIDGE_VARIABLE = 'CODEX_PLUS_BRIDGE'

/**
 * Returns the function that builds the shell command of a codex hook, which calls codex-plus: with bash's sockets if bash
 * exists, otherwise with curl, otherwise with node (measured on Linux, 2 cores, in addition to the shell that codex starts
 * anyway: MEASURE ms, 7 ms and 67 ms).
 */
export function bridgeCommand(env: NodeJS.ProcessEnv): (event: string, mode: 'open' | 'closed') => string {
  if (process.platform === 'win32') {
    return (event, mode) => `node "${script('mjs')}" ${event} ${mode}`
  }
  const bash = findProgram('bash', env)
  // A new bash even where the user's shell is one: start files of the user may have put functions and traps into that. `-p`
  // ignores BASH_ENV and exported functions.
  if (bash !== null) return (event, mode) => `exec ${quote(bash)} --norc -p ${quote(script('bash'))} ${event} ${mode}`
  if (findProgram('curl', env) !== null) return (event, mode) => `exec /bin/sh ${quote(script('sh'))} ${event} ${mode}`
  return (event, mode) => `exec ${quote(process.execPath)} ${quote(script('mjs'))} ${event} ${mode}`
}

function script(ending: 'bash' | 'sh' | 'mjs'): string {
  return packageFile(`bin/hook-bridge.${ending}`)
}

/** Finds a program in absolute PATH entries only: a project must not be able to replace it. */
function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  const folders = ['/bin', '/usr/bin', ...(env.PATH ?? '').split(delimiter).filter((entry) => isAbsolute(entry))]
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
