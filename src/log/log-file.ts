import { join } from 'node:path'
import { xdgFolder } from '../paths.js'

/** Returns the log file of a run: the requested one, else one per day (UTC) in codex-plus's state folder. */
export function logFile(requested: string | null, env: NodeJS.ProcessEnv): string {
  return requested ?? join(xdgFolder('state', env), 'log', `${new Date().toISOString().slice(0, 10)}.jsonl`)
}
