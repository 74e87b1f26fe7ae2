import { join } from 'node:path'
import { xdgFolder } from '../paths.js'

/** The file a run logs into: the one that was asked for, else one a day (UTC) in our state folder. */
export function logFile(asked: string | null, env: NodeJS.ProcessEnv): string {
  return asked ?? join(xdgFolder('state', env), 'log', `${new Date().toISOString().slice(0, 10)}.jsonl`)
}
