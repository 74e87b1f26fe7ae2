import { decideMode } from '../codex/launch-mode.js'
import { type CodexInvocation, parseCodexArguments } from '../codex/parse-arguments.js'
import { isOwnSubcommand } from '../codex/plus-flags.js'
import { trustListProblem } from '../config/trust.js'
import { CodexPlusError } from '../errors.js'
import { checkFolders } from '../paths.js'
import { createNotices, type Notices } from '../run/notices.js'
import { locateCodex } from '../run/require-codex.js'
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
  const ownCommand = invocation.ownCommand ?? helpOfOwn(invocation)
  if (ownCommand !== null) {
    warnOfFolders(env, notices)
    const { runSubcommand } = await import('./subcommand-table.js')
    return await runSubcommand({ ...invocation, ownCommand }, { env, cwd })
  }
  const before = { invocation, env, cwd, notices }
  const asked = questionOf(invocation)
  if (asked !== null) {
    const { printInformation } = await import('./information.js')
    return await printInformation(asked, before)
  }

  const start: Start = { ...before, codex: locateCodex(env, cwd, notices) }
  const mode = decideMode(invocation, {
    stdinIsTty: process.stdin.isTTY === true,
    stdoutIsTty: process.stdout.isTTY === true,
  })
  if (!mode.proxy) return await runAlone(start)
  warnOfFolders(env, notices)
  return await runProxied(start, mode)
}

/** Warns about folders and a trust list that others could have written, which are ignored. */
function warnOfFolders(env: NodeJS.ProcessEnv, notices: Notices): void {
  try {
    const problem = trustListProblem(env)
    for (const line of [...checkFolders(env), ...(problem === null ? [] : [problem])]) notices.say(line)
  } catch (error) {
    // Without a home, only what needs one fails, with its own message.
    if (!(error instanceof CodexPlusError) || error.code !== 'CP_FOLDER') throw error
  }
}

/** Returns what is asked of codex-plus as a whole; null for a command line that codex answers alone. */
function questionOf({ subcommand, help, version, prompt }: CodexInvocation): 'help' | 'version' | null {
  const [first] = subcommand
  if (first === undefined && version) return 'version'
  if (first === undefined && help) return 'help'
  return first === 'help' && prompt === null ? 'help' : null
}

/** Returns `help hooks` as `hooks --help`; null for every other command line. */
function helpOfOwn({ subcommand, prompt, forwarded }: CodexInvocation): readonly string[] | null {
  if (prompt === null || subcommand.length !== 1 || subcommand[0] !== 'help') return null
  return isOwnSubcommand(prompt.text) ? [...forwarded.slice(prompt.index), '--help'] : null
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
