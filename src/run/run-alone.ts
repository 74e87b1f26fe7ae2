import { buildLaunch } from '../codex/launch.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import { runInherited } from '../terminal/run-inherited.js'
import type { Start } from './start.js'

/** Runs codex without the proxy, on the stdio of codex-plus and with the user's arguments unchanged. */
export async function runAlone({ invocation, codex, env, cwd }: Start): Promise<ExitStatus> {
  const launch = buildLaunch({ invocation, codex, env, base: null })
  return await runInherited({ ...launch, cwd })
}
