import { resolve } from 'node:path'
import { buildLaunch } from '../codex/launch.js'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import { openConfirmed } from '../config/confirmed-files.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import { runInherited } from '../terminal/run-inherited.js'
import type { Start } from './start.js'

/** Runs codex without the proxy, on the stdio of codex-plus and with the user's arguments unchanged. */
export async function runAlone({ invocation, codex, env, cwd }: Start): Promise<ExitStatus> {
  if (mayRunTools(invocation)) noteTools(invocation.cd === null ? cwd : resolve(cwd, invocation.cd), env)
  const launch = buildLaunch({ invocation, codex, env, base: null })
  return await runInherited({ ...launch, cwd })
}

/** Subcommands that run turns, or change files with what a model wrote, without the proxy. */
const WITH_TOOLS = new Set([
  '',
  'exec',
  'e',
  'review',
  'resume',
  'fork',
  'agents',
  'app-server',
  'remote-control',
  'exec-server',
  'queue',
  'cloud',
  'apply',
  'a',
])

function mayRunTools({ subcommand, help, version }: CodexInvocation): boolean {
  return !help && !version && WITH_TOOLS.has(subcommand[0] ?? '')
}

/** codex-plus does not see the tool calls of such a run, so it counts as one that had some. */
function noteTools(folder: string, env: NodeJS.ProcessEnv): void {
  try {
    openConfirmed(folder, env).toolRuns()
  } catch {
    // A state folder that cannot be written does not keep codex from running.
  }
}
