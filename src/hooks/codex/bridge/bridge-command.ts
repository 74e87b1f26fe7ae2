import { delimiter, isAbsolute, join } from 'node:path'
import { packageFile } from '../../../package-file.js'
import { isExecutable } from '../../../process/executable.js'
import { NATIVE_EVENTS } from './codex-events.js'

/** The variable with the URL that the bridge script calls; in a command line it would be visible to every user of the machine. */
export const BRIDGE_VARIABLE = 'CODEX_PLUS_BRIDGE'

/** What the bridge does when it cannot reach codex-plus: let the event pass, or deny it, for hooks or for permission rules. */
export type BridgeMode = 'open' | 'closed' | 'rules'

/**
 * Returns the function that builds the shell command of a codex hook, which calls codex-plus: with bash's sockets if bash
 * exists, otherwise with curl, otherwise with node (measured on Linux, 2 cores, in addition to the shell that codex starts
 * anyway: 3 ms, 7 ms and 67 ms).
 */
export function bridgeCommand(env: NodeJS.ProcessEnv): (event: string, mode: BridgeMode) => string {
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

/**
 * Returns a function that tells, by its arguments, whether a process is a hook of codex-plus: codex's shell with one of these
 * commands, or the bridge script that it started.
 */
export function bridgeProcesses(env: NodeJS.ProcessEnv): (args: readonly string[]) => boolean {
  const command = bridgeCommand(env)
  const modes = ['open', 'closed'] as const
  const commands = new Set(Object.keys(NATIVE_EVENTS).flatMap((event) => modes.map((mode) => command(event, mode))))
  const scripts = new Set((['bash', 'sh', 'mjs'] as const).map(script))
  return (args) => {
    // `SHELL -lc COMMAND`, `SHELL -l -c COMMAND`
    if (args.length <= 4 && commands.has(args.at(-1) ?? '')) return true
    // `bash --norc SCRIPT EVENT MODE`, `/bin/sh SCRIPT EVENT MODE`, `node SCRIPT EVENT MODE`
    const [file = '', event = '', mode = ''] = args.slice(-3)
    return (
      args.length >= 4 &&
      args.length <= 5 &&
      scripts.has(file) &&
      Object.hasOwn(NATIVE_EVENTS, event) &&
      /^(open|closed)$/.test(mode)
    )
  }
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
