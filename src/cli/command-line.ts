import { parseCodexArguments } from '../codex/codex-arguments.js'
import { decideMode } from '../codex/launch-mode.js'
import { CodexPlusError } from '../errors.js'
import { locateCodex } from '../run/locate-codex.js'
import { createNotices } from '../run/notices.js'
import { runAlone } from '../run/run-alone.js'
import type { Start } from '../run/start.js'
import type { ExitStatus } from '../terminal/exit-status.js'

/** Runs one command line to its end: a subcommand of ours, our part of the help, or codex. */
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
  const { runProxied } = await import('../run/run-proxied.js')
  return await runProxied(start, mode)
}

/** The working directory; throws CP_FOLDER where it was deleted, which neither node nor codex words for a person. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    const hint = 'Change to one that does, and try again.'
    throw new CodexPlusError('CP_FOLDER', 'The folder you are in no longer exists.', { hint, cause })
  }
}
