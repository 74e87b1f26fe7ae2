import { formatError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { Notices } from './notices.js'

/** How many uncaught errors a run survives: more of them come from something that will not stop. */
const MOST = 50

/**
 * Keeps codex running after an error that nothing caught: it is logged with its stack, and the user gets one sentence, after
 * the TUI. Too many of them end codex-plus, whose exit restores the terminal. Returns a function that ends this.
 */
export function surviveErrors(log: Log, notices: Notices): () => void {
  let count = 0
  const note = (error: unknown): void => {
    count += 1
    log.error('uncaught', { error: String(error), stack: String((error as Error | null)?.stack ?? '') })
    notices.say(`an internal error was caught, and codex went on: ${formatError(error)}. The log has the details.`)
    if (count < MOST) return
    notices.release()
    process.exit(1)
  }
  process.on('uncaughtException', note).on('unhandledRejection', note)
  return () => void process.off('uncaughtException', note).off('unhandledRejection', note)
}
