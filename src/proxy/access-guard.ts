import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The guard's result: the path below the secret segment, or the status to refuse the request with. */
export type GuardResult = { readonly path: string } | { readonly refused: 403 | 404 | 426 }

/** The first segment behind the secret: codex's API, and what codex-plus serves itself. */
export type Route = 'v1' | 'mcp' | 'hooks'

/** The secret path segment of each route: who learns one does not get into the others. */
export type Secrets = Readonly<Record<Route, string>>

/**
 * Creates the check that every request must pass first: the secret path segment of its route, the host and the origin.
 * Requests to upgrade are refused, unless `upgrades`.
 */
export function createGuard(
  secrets: Secrets,
  port: () => number,
): (incoming: IncomingMessage, options?: { readonly upgrades: boolean }) => GuardResult {
  const expected = Object.entries(secrets).map(([route, secret]) => ({ route: route as Route, digest: digest(secret) }))
  return (incoming, { upgrades } = { upgrades: false }) => {
    const url = incoming.url ?? ''
    // Only origin-form targets: an absolute one (`GET http://other/…`) is not what codex sends.
    const end = url.indexOf('/', 1)
    const segment = url.startsWith('/') ? url.slice(1, end === -1 ? undefined : end) : ''
    // Digests have a fixed length, so that the comparison takes the same time for every wrong segment.
    const given = digest(segment)
    const matches = expected.filter((own) => timingSafeEqual(given, own.digest))
    const path = end === -1 ? '/' : url.slice(end)
    if (!matches.some(({ route }) => route === routeOf(path))) return { refused: 404 }
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`]
    if (!hosts.includes(incoming.headers.host ?? '')) return { refused: 403 }
    const origin = incoming.headers.origin
    if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) return { refused: 403 }
    // Only after a 426 codex falls back to HTTP at once (codex-0.169 section 2.4).
    if (incoming.headers.upgrade !== undefined && !upgrades) return { refused: 426 }
    return { path }
  }
}

/** Every path that is not one of codex-plus's own routes belongs to codex's API. */
function routeOf(path: string): Route {
  const word = /^\/([\w-]+)(?=[/?]|$)/.exec(path)?.[1]
  return word === 'mcp' || word === 'hooks' ? word : 'v1'
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
