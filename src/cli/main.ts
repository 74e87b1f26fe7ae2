import { CodexPlusError, formatError } from '../errors.js'
import { noticeLine } from '../run/notices.js'
import { exitLike } from '../terminal/exit-status.js'
import { runCommandLine } from './command-line.js'

/** Exit code for a command line of ours that makes no sense (sysexits EX_USAGE). */
const USAGE = 64

/** Runs the program with its arguments; it ends as codex ended, or with the one line that says why it could not. */
export async function main(args: string[]): Promise<void> {
  try {
    const status = await runCommandLine(args)
    exitLike(status)
  } catch (error) {
    process.stderr.write(noticeLine(formatError(error)))
    process.exit(error instanceof CodexPlusError && error.code === 'CP_USAGE' ? USAGE : 1)
  }
}
