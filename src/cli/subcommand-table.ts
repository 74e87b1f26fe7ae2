import type { CodexInvocation } from '../codex/parse-arguments.js'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import type { Subcommand, SubcommandContext } from './subcommand.js'

/** Every subcommand of codex-plus, in the order of the help. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'commands',
    summary: 'slash commands: list, show, expand, lint',
    load: async () => (await import('./subcommands/commands.js')).runCommands,
  },
  {
    name: 'hooks',
    summary: 'hooks: list, run',
    load: async () => (await import('./subcommands/hooks.js')).runHooksCommand,
  },
  {
    name: 'modules',
    summary: 'modules: list, new',
    load: async () => (await import('./subcommands/modules.js')).runModules,
  },
  {
    name: 'sessions',
    summary: 'recorded threads: list, show, export, prune',
    load: async () => (await import('./subcommands/sessions.js')).runSessions,
  },
  {
    name: 'plus doctor',
    summary: 'check the setup: what was found, what works, and what does not',
    load: async () => (await import('./subcommands/doctor.js')).runDoctor,
  },
  {
    name: 'plus coming-from-claude',
    summary: 'what of your .claude folders works with codex, and what to change',
    load: async () => (await import('./subcommands/coming-from-claude.js')).runComingFromClaude,
  },
  {
    name: 'plus init',
    summary: 'write a commented settings file and an example command',
    load: async () => (await import('./subcommands/init.js')).runInit,
  },
  {
    name: 'plus trust',
    summary: 'trust a folder: its hooks, shell blocks, modules and MCP servers may run',
    load: async () => (await import('./subcommands/trust.js')).runTrust,
  },
  {
    name: 'plus mcp',
    summary: 'MCP servers: list, tools, call, login, logout',
    load: async () => (await import('./subcommands/mcp.js')).runMcp,
  },
  {
    name: 'plus permissions',
    summary: "permission rules of the model's tool calls: list, test",
    load: async () => (await import('./subcommands/permissions.js')).runPermissions,
  },
  {
    name: 'plus trace',
    summary: 'show what happened to the requests of codex',
    load: async () => (await import('./subcommands/trace.js')).runTrace,
  },
  {
    name: 'plus replay',
    summary: 'send a request again that --plus-trace stored',
    load: async () => (await import('./subcommands/replay.js')).runReplay,
  },
  {
    name: 'plus completion',
    summary: 'print the completion script for bash, zsh or fish',
    load: async () => (await import('./subcommands/completion.js')).runCompletion,
  },
]

/** Runs a subcommand of codex-plus and returns its exit status. Throws CP_USAGE for an unknown one. */
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
    // A reader that closes the pipe early (`| head`) is no error.
    process.stdout.on('error', () => {})
    const status = await (await command.load())(invocation, context, SUBCOMMANDS)
    await flushed(process.stdout)
    return status
  }
  throw new CodexPlusError('CP_USAGE', `there is no subcommand '${name}'.`, {
    hint: `The subcommands are: ${SUBCOMMANDS.map((candidate) => candidate.name).join(', ')}.`,
  })
}

/** Resolves once the stream is flushed: an exit would cut off what the pipe has not taken yet. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}
