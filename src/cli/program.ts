import { type Command, CommanderError } from 'commander'
import { CodexPlusError } from '../errors.js'

/** Takes the next program instead of running it. */
let taker: ((program: Command) => void) | undefined

/** Runs one of our subcommands' own command line. A wrong one throws CP_USAGE with commander's sentence. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  if (taker) {
    taker(program)
    return
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => {} })
  }
  if (args.length === 0 && program.commands.length > 0) {
    process.stdout.write(program.helpInformation())
    return
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return
    const message = error.message.replace(/^error: /, '').replace(/\.?$/, '.')
    throw new CodexPlusError('CP_USAGE', `${program.name()}: ${message}`, {
      hint: `\`${program.name()} --help\` lists what there is.`,
    })
  }
}

/** The program of a subcommand, as it is before it runs: for completion and the reference. One at a time. */
export async function takeProgram(run: () => unknown): Promise<Command> {
  let taken: Command | undefined
  taker = (program) => {
    taken = program
  }
  try {
    await run()
  } finally {
    taker = undefined
  }
  if (!taken) throw new Error('the subcommand made no program')
  return taken
}
