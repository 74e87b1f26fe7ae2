import { type Command, CommanderError } from 'commander'
import { CodexPlusError } from '../errors.js'

/** Set while `captureProgram` runs: receives the next program in place of running it. */
let capture: ((program: Command) => void) | undefined

/** Runs the command line of a subcommand of codex-plus. Throws CP_USAGE with commander's message for an invalid one. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  if (capture) {
    capture(program)
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
      hint: `Run \`${program.name()} --help\` for the usage.`,
    })
  }
}

/** Returns the program that a subcommand creates, without running it. Only one call at a time. */
export async function captureProgram(run: () => unknown): Promise<Command> {
  let captured: Command | undefined
  capture = (program) => {
    captured = program
  }
  try {
    await run()
  } finally {
    capture = undefined
  }
  if (!captured) throw new Error('the subcommand created no program')
  return captured
}
