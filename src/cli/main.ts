// This folder is the command line of codex-plus: arguments, subcommands, help, completion and doctor.
import { CodexPlusError, formatError } from '../errors.js'
import { noticeLine } from '../run/notices.js'
import { exitLike } from '../terminal/exit-status.js'
import { runCommandLine } from './command-line.js'

/** Exit code for an invalid command line of codex-plus (sysexits EX_USAGE). */
const USAGE = 64

/** Runs codex-plus with its arguments and exits as codex did, or with a one-line error message on stderr. */
export async function main(args: string[]): Promise<void> {
  process.on('uncaughtException', endWithSentence).on('unhandledRejection', endWithSentence)
  try {
    const status = await runCommandLine(args)
    exitLike(status)
  } catch (error) {
    process.stderr.write(noticeLine(formatError(error)))
    process.exit(error instanceof CodexPlusError && error.code === 'CP_USAGE' ? USAGE : 1)
  }
}

/** Ends codex-plus after an error that nothing caught, with one sentence; a run behind the proxy survives it instead. */
function endWithSentence(error: unknown): void {
  if (process.listenerCount('uncaughtException') > 1) return
  process.stderr.write(noticeLine(`an internal error ended codex-plus: ${formatError(error)}`))
  process.exit(1)
}
