import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, parseJson } from '../json.js'
import type { Log } from '../log/log.js'
import { codexHome, makePrivateFolder, xdgFolder } from '../paths.js'

/** So many homes of codex are remembered. */
const KEPT = 20

/**
 * Returns the server that the last run with this home of codex asked, from codex-plus's own state: the login itself, which
 * decides it, is never read. Null when there was none.
 */
export function lastServer(env: NodeJS.ProcessEnv): URL | null {
  const origin = readServers(env)[codexHome(env)]
  if (typeof origin !== 'string' || !URL.canParse(origin)) return null
  const url = new URL(origin)
  return url.protocol === 'https:' ? url : null
}

/** Remembers the server of a model request; a run without one begins with no connection. */
export function rememberServer(env: NodeJS.ProcessEnv, url: URL, log: Log): void {
  const home = codexHome(env)
  const servers = readServers(env)
  if (url.protocol !== 'https:' || servers[home] === url.origin) return
  try {
    const entries = [[home, url.origin], ...Object.entries(servers).filter(([key]) => key !== home)].slice(0, KEPT)
    const file = serverFile(env)
    makePrivateFolder(xdgFolder('state', env))
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 })
    renameSync(`${file}.${process.pid}`, file)
  } catch (error) {
    log.debug('early.remember', { error: String(error) })
  }
}

function readServers(env: NodeJS.ProcessEnv): Record<string, unknown> {
  try {
    const value = parseJson(readFileSync(serverFile(env), 'utf8'))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function serverFile(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'servers.json')
}
