import { realpathSync } from 'node:fs'
import { type CodexInvocation, parseCodexArguments } from '../codex/codex-arguments.js'
import { type FoundCodex, findCodex } from '../codex/find-codex.js'
import { buildLaunch } from '../codex/launch.js'
import { decideMode } from '../codex/launch-mode.js'
import { CodexPlusError } from '../errors.js'
import { packageFile } from '../package-file.js'
import { gitRoot, homeFolder, isWithin } from '../paths.js'
import { createNotices, type Notices } from '../run/notices.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import { runInherited } from '../terminal/run-inherited.js'

/** What every part of the command line starts from. */
export interface Start {
  readonly invocation: CodexInvocation
  readonly codex: FoundCodex
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly notices: Notices
}

/** Runs one command line to its end: a subcommand of ours, our part of the help, or codex. */
export async function runCommandLine(args: readonly string[]): Promise<ExitStatus> {
  const env = process.env
  const cwd = workingFolder()
  const invocation = parseCodexArguments(args)
  const notices = createNotices((line) => process.stderr.write(line))
  if (invocation.ownCommand !== null) {
    const { runOwn } = await import('./subcommand-table.js')
    return await runOwn(invocation, { env, cwd })
  }

  const codex = locate(env, cwd, notices)
  const start: Start = { invocation, codex, env, cwd, notices }
  if (invocation.subcommand.length === 0 && invocation.version) {
    const { printVersions } = await import('./version.js')
    return await printVersions(start)
  }
  if (invocation.subcommand.length === 0 && invocation.help) {
    const { printHelp } = await import('./help.js')
    printHelp(true)
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
function workingFolder(): string {
  try {
    return process.cwd()
  } catch (cause) {
    const hint = 'Change to one that does, and try again.'
    throw new CodexPlusError('CP_FOLDER', 'The folder you are in no longer exists.', { hint, cause })
  }
}

/** Runs codex on our own stdio, with the user's arguments as they are. */
export async function runAlone({ invocation, codex, env, cwd }: Start): Promise<ExitStatus> {
  const launch = buildLaunch({ invocation, codex, env, base: null })
  return await runInherited({ ...launch, cwd })
}

/** Finds codex and names what was passed over. */
export function locate(env: NodeJS.ProcessEnv, cwd: string, notices: Notices): FoundCodex {
  const ownProgram = realpathSync(packageFile('bin/codex-plus.js'))
  const codex = findCodex({ env, projectRoot: projectRoot(env, cwd), ownProgram })
  for (const { path, reason } of codex.ignored) notices.say(`${path} is not run: ${reason}.`)
  return codex
}

/** The folder whose executables are a project's own; null where `cwd` is the user's home or above it. */
function projectRoot(env: NodeJS.ProcessEnv, cwd: string): string | null {
  const root = gitRoot(cwd) ?? cwd
  return isWithin(homeFolder(env), root) ? null : root
}
