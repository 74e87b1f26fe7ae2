import type { CodexInvocation } from '../codex/arguments.js'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from '../terminal/exit.js'

/** Where a subcommand of ours runs. */
export interface OwnContext {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** Runs a subcommand of ours. Throws CP_USAGE for one that is not there. */
export async function runOwn(invocation: CodexInvocation, context: OwnContext): Promise<ExitStatus> {
  const [first = '', second = '', ...rest] = invocation.ownCommand ?? []
  if (first === 'commands') {
    const { runCommands } = await import('./commands.js')
    return await runCommands(invocation, context)
  }
  if (first === 'plus' && second === 'doctor') {
    const { runDoctor } = await import('./doctor.js')
    return await runDoctor(invocation, context)
  }
  if (first === 'plus' && second === 'trust') {
    const { runTrust } = await import('./trust.js')
    return runTrust(rest, context)
  }
  if (first === 'plus' && ['', 'help', '-h', '--help'].includes(second)) {
    const { printHelp } = await import('./help.js')
    printHelp(false)
    return { code: 0, signal: null }
  }
  throw new CodexPlusError('CP_USAGE', `there is no subcommand '${`${first} ${second}`.trim()}'.`, {
    hint: 'There are: commands, plus doctor, plus trust.',
  })
}
