import type { CodexInvocation } from '../codex/codex-arguments.js'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import type { Subcommand, SubcommandContext } from './subcommand.js'

/** Every subcommand of ours, in the order the help shows them. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'commands',
    summary: 'the slash commands: list, show, expand, lint',
    load: async () => (await import('./subcommands/commands.js')).runCommands,
  },
  {
    name: 'hooks',
    summary: 'the hooks: list, run',
    load: async () => (await import('./subcommands/hooks.js')).runHooksCommand,
  },
  {
    name: 'modules',
    summary: 'the slash modules: list, new',
    load: async () => (await import('./subcommands/modules.js')).runModules,
  },
  {
    name: 'sessions',
    summary: 'what was said before: list, show, export, prune',
    load: async () => (await import('./subcommands/sessions.js')).runSessions,
  },
  {
    name: 'plus doctor',
    summary: 'what was found, what works, and what does not',
    load: async () => (await import('./subcommands/doctor.js')).runDoctor,
  },
  {
    name: 'plus init',
    summary: 'a commented settings file and an example command',
    load: async () => (await import('./subcommands/init.js')).runInit,
  },
  {
    name: 'plus trust',
    summary: "run what this folder's .claude holds",
    load: async () => (await import('./subcommands/trust.js')).runTrust,
  },
  {
    name: 'plus mcp',
    summary: 'the MCP servers: list, tools, call, login',
    load: async () => (await import('./subcommands/mcp.js')).runMcp,
  },
  {
    name: 'plus trace',
    summary: 'what happened to the requests of codex',
    load: async () => (await import('./subcommands/trace.js')).runTrace,
  },
  {
    name: 'plus replay',
    summary: 'send a request again that --plus-trace kept',
    load: async () => (await import('./subcommands/replay.js')).runReplay,
  },
  {
    name: 'plus completion',
    summary: 'completion for bash, zsh or fish',
    load: async () => (await import('./subcommands/completion.js')).runCompletion,
  },
]

/** Runs a subcommand of ours. Throws CP_USAGE for one that is not there. */
export async function runSubcommand(invocation: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  const [first = '', second = ''] = invocation.ownCommand ?? []
  if (first === 'plus' && ['', 'help', '-h', '--help'].includes(second)) {
    const { printHelp } = await import('./help.js')
    printHelp(false, SUBCOMMANDS)
    return { code: 0, signal: null }
  }
  const name = first === 'plus' ? `plus ${second}` : first
  const command = SUBCOMMANDS.find((candidate) => candidate.name === name)
  if (command) {
    // Who reads only the first lines (`| head`) is no failure.
    process.stdout.on('error', () => {})
    const status = await (await command.load())(invocation, context, SUBCOMMANDS)
    await written(process.stdout)
    return status
  }
  throw new CodexPlusError('CP_USAGE', `there is no subcommand '${name}'.`, {
    hint: `There are: ${SUBCOMMANDS.map((candidate) => candidate.name).join(', ')}.`,
  })
}

/** Resolves once everything is out: an exit would cut off what a pipe has not taken yet. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}
