import { delimiter, isAbsolute, join } from 'node:path'
import { packageFile } from '../../../package-file.js'
import { isExecutable } from '../../../process/executable.js'

/** The variable with the URL that the bridge script calls; in a command line it would be visible to every user of the machine. */
export const BRIDGE_VARIABLE = 'CODEX_PLUS_BRIDGE'

/** What the bridge does when it cannot reach codex-plus: let the event pass, or deny it, for hooks or for permission rules. */
export type BridgeMode = 'open' | 'closed' | 'rules'

/**
 * Returns the function that builds the shell command of a codex hook, which calls codex-plus: with bash's sockets if bash
 * exists, otherwise with curl, otherwise with node (measured on Linux, 2 cores, in addition to the shell that codex starts
 * anyway: 1 ms, 7 ms and 67 ms).
 */
export function bridgeCommand(env: NodeJS.ProcessEnv): (event: string, mode: BridgeMode) => string {
  if (process.platform === 'win32') {
    return (event, mode) => `node "${script('mjs')}" ${event} ${mode}`
  }
  const bash = findProgram('bash', env)
  if (bash !== null) {
    // codex runs hooks with the user's shell: if that is bash, it is not started a second time.
    const [file, program] = [quote(script('bash')), quote(bash)]
    return (event, mode) => {
      const words = `${file} ${event} ${mode}`
      return `if [ -n "$BASH_VERSION" ]; then . ${words}; else exec ${program} --norc ${words}; fi`
    }
  }
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
