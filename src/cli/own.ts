import type { CodexInvocation } from '../codex/arguments.js'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from '../terminal/exit.js'

/** Where a subcommand of ours runs. */
export interface OwnContext {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

type OwnCommand = (invocation: CodexInvocation, context: OwnContext) => Promise<ExitStatus> | ExitStatus

/** Every subcommand of ours, loaded when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<OwnCommand>>> = {
  commands: async () => (await import('./commands.js')).runCommands,
  hooks: async () => (await import('./hooks.js')).runHooksCommand,
  modules: async () => (await import('./modules.js')).runModules,
  sessions: async () => (await import('./sessions.js')).runSessions,
  'plus mcp': async () => (await import('./mcp.js')).runMcp,
  'plus replay': async () => (await import('./replay.js')).runReplay,
  'plus trace': async () => (await import('./trace.js')).runTrace,
  'plus doctor': async () => (await import('./doctor/doctor.js')).runDoctor,
  'plus trust': async () => (await import('./trust.js')).runTrust,
}

/** Runs a subcommand of ours. Throws CP_USAGE for one that is not there. */
export async function runOwn(invocation: CodexInvocation, context: OwnContext): Promise<ExitStatus> {
  const [first = '', second = ''] = invocation.ownCommand ?? []
  if (first === 'plus' && ['', 'help', '-h', '--help'].includes(second)) {
    const { printHelp } = await import('./help.js')
    printHelp(false)
    return { code: 0, signal: null }
  }
  const name = first === 'plus' ? `plus ${second}` : first
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load) return await (await load())(invocation, context)
  throw new CodexPlusError('CP_USAGE', `there is no subcommand '${name}'.`, {
    hint: `There are: ${Object.keys(COMMANDS).join(', ')}.`,
  })
}
