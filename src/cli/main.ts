// This folder is the command line of codex-plus: arguments, subcommands, help, completion and doctor.
import { CodexPlusError, formatError } from '../errors.js'
import { noticeLine } from '../run/notices.js'
import { exitLike } from '../terminal/exit-status.js'
import { runCommandLine } from './command-line.js'

/** Exit code for an invalid command line of codex-plus (sysexits EX_USAGE). */
const USAGE = 64

/** Runs codex-plus with its arguments and exits as codex did, or with a one-line error message on stderr. */
export async function main(args: string[]): Promise<void> {
  try {
    const status = await runCommandLine(args)
    exitLike(status)
  } catch (error) {
    process.stderr.write(noticeLine(formatError(error)))
    process.exit(error instanceof CodexPlusError && error.code === 'CP_USAGE' ? USAGE : 1)
  }
}
