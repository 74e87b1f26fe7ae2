import { buildLaunch } from '../codex/launch.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import { runInherited } from '../terminal/run-inherited.js'
import type { Start } from './start.js'

/** Runs codex on our own stdio, with the user's arguments as they are. */
export async function runAlone({ invocation, codex, env, cwd }: Start): Promise<ExitStatus> {
  const launch = buildLaunch({ invocation, codex, env, base: null })
  return await runInherited({ ...launch, cwd })
}
