import { parseCodexArguments } from '../codex/codex-arguments.js'
import { decideMode } from '../codex/launch-mode.js'
import { CodexPlusError } from '../errors.js'
import { locateCodex } from '../run/locate-codex.js'
import { createNotices } from '../run/notices.js'
import { runAlone } from '../run/run-alone.js'
import { runProxied } from '../run/run-proxied.js'
import type { Start } from '../run/start.js'
import type { ExitStatus } from '../terminal/exit-status.js'

/**
 * Runs one command line: a subcommand of codex-plus, the version, the help, or codex. Returns the exit status.
 * Throws CP_USAGE for an invalid command line.
 */
export async function runCommandLine(args: readonly string[]): Promise<ExitStatus> {
  const env = process.env
  const cwd = workingDirectory()
  const invocation = parseCodexArguments(args)
  const notices = createNotices((line) => process.stderr.write(line))
  if (invocation.ownCommand !== null) {
    const { runSubcommand } = await import('./subcommand-table.js')
    return await runSubcommand(invocation, { env, cwd })
  }

  const codex = locateCodex(env, cwd, notices)
  const start: Start = { invocation, codex, env, cwd, notices }
  if (invocation.subcommand.length === 0 && invocation.version) {
    const { printVersions } = await import('./print-versions.js')
    return await printVersions(start)
  }
  if (invocation.subcommand.length === 0 && invocation.help) {
    const [{ printHelp }, { SUBCOMMANDS }] = await Promise.all([import('./help.js'), import('./subcommand-table.js')])
    printHelp(true, SUBCOMMANDS)
  }
  const mode = decideMode(invocation, {
    stdinIsTty: process.stdin.isTTY === true,
    stdoutIsTty: process.stdout.isTTY === true,
  })
  if (!mode.proxy) return await runAlone(start)
  return await runProxied(start, mode)
}

/** Returns the working directory. Throws CP_FOLDER when it was deleted: node and codex report that unreadably. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    const hint = 'Change to an existing directory and try again.'
    throw new CodexPlusError('CP_FOLDER', 'The working directory no longer exists.', { hint, cause })
  }
}
