import { delimiter, isAbsolute, join } from 'node:path'
import { packageFile } from '../../../package-file.js'
import { isExecutable } from '../../../process/executable.js'

/** The variable that tells the bridge its way to us; a command line would show it to everyone on the machine. */
export const BRIDGE_VARIABLE = 'CODEX_PLUS_BRIDGE'

/**
 * The shell command of a hook that asks us: bash's own sockets where there is bash, else curl, else node
 * (measured on Linux, 2 cores, over the shell that codex starts anyway: 1 ms, 7 ms and 67 ms).
 */
export function bridgeCommand(env: NodeJS.ProcessEnv): (event: string, mode: 'open' | 'closed') => string {
  if (process.platform === 'win32') {
    return (event, mode) => `node "${script('mjs')}" ${event} ${mode}`
  }
  const bash = findProgram('bash', env)
  if (bash !== null) {
    // codex runs hooks with the user's shell: where that is bash, it need not be started a second time.
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

/** Only absolute PATH entries: a project must not choose what its hooks are asked with. */
function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  const folders = ['/bin', '/usr/bin', ...(env.PATH ?? '').split(delimiter).filter((entry) => isAbsolute(entry))]
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
