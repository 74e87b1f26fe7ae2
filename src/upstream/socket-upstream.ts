import { CodexPlusError, formatError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { HeaderList } from '../request/header-list.js'
import { timeLimit } from '../time-limit.js'
import type { CookieJar } from './cookie-jar.js'
import { openWebSocket, type WebSocketAnswer, type WebSocketRequest } from './open-websocket.js'
import type { SocketConnections } from './socket-connections.js'
import type { RoutedRequest, Router } from './workspace-routing.js'

/** What came of an upgrade: the server's answer, or why codex goes on over HTTP. */
export type SocketOpening = WebSocketAnswer | { readonly declined: string }

/** The way of codex's WebSockets to the server. */
export interface SocketUpstream {
  /** Asks the server for a WebSocket, within 8 s. Never rejects. */
  open(request: RoutedRequest): Promise<SocketOpening>
}

export interface SocketUpstreamOptions {
  /** Why no WebSocket is carried in this run; null where one is. */
  readonly refusal: string | null
  readonly router: Router
  readonly jar: CookieJar
  readonly connections: SocketConnections
  readonly log: Log
  /** For tests, in ms. */
  readonly deadline?: number
  readonly now?: () => number
}

/** codex gives up after 15 s, so that it can still be told to go on over HTTP (websocket section 4.4). */
const DEADLINE = 8_000
/** How long a refusal counts for later threads, in ms. */
const REFUSED_FOR = 5 * 60_000
/** Refusals that codex itself knows how to handle: a login to refresh, a limit to tell of (websocket section 1.6). */
const FOR_CODEX: ReadonlySet<number> = new Set([401, 429])

/** Creates the way of a run's WebSockets; a server that refuses one is not asked again for five minutes. */
export function createSocketUpstream(options: SocketUpstreamOptions): SocketUpstream {
  const { refusal, router, jar, connections, log, deadline = DEADLINE, now = Date.now } = options
  const refused = new Map<string, { readonly until: number; readonly why: string }>()

  const decline = (server: string, why: string, remember: boolean): SocketOpening => {
    log.warn('socket.refused', { server, why })
    if (remember) refused.set(server, { until: now() + REFUSED_FOR, why })
    return { declined: why }
  }
  const ask = async (request: RoutedRequest): Promise<SocketOpening> => {
    const limit = timeLimit(deadline, request.signal)
    const target = await within(router.resolve(request), limit)
    const server = target.url.origin + target.url.pathname
    const known = refused.get(server)
    if (known && known.until > now()) return { declined: known.why }
    const attached = jar.attach(target.url, target.headers)
    const headers = attached.length === request.headers.length ? attached : extensionsLast(attached)
    return await attempt({ url: target.url, headers, signal: limit }, server, request.signal)
  }
  const attempt = async (upgrade: WebSocketRequest, server: string, given: AbortSignal): Promise<SocketOpening> => {
    const connection = connections.open(upgrade.url)
    let connected = false
    const note = (): void => {
      connected = true
    }
    connection.opened.then(note, () => {})
    try {
      const answer = await openWebSocket(upgrade, connection)
      jar.store(upgrade.url, answer.headers)
      if ('socket' in answer || FOR_CODEX.has(answer.status)) return answer
      return decline(server, `it answered ${answer.status}`, true)
    } catch (error) {
      if (given.aborted) throw error
      const late = upgrade.signal.aborted
      // The server may have ended it before it was used; the next one is fresh.
      if (connection.early && !late) return await attempt(upgrade, server, given)
      const why = late ? `it did not answer within ${deadline / 1000} s` : formatError(error)
      // Where there is no network nothing is learned about the server, and nothing was lost by asking.
      return decline(server, why, late || connected || (error as CodexPlusError).code !== 'CP_UPSTREAM_CONNECT')
    }
  }
  return {
    async open(request) {
      if (refusal !== null) return { declined: refusal }
      try {
        return await ask(request)
      } catch (error) {
        log.warn('socket.failure', { error: formatError(error) })
        return { declined: formatError(error) }
      }
    },
  }
}

/** Gives up waiting when `signal` aborts; others may wait for the same. */
function within<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(new CodexPlusError('CP_UPSTREAM_TIMEOUT', 'The server of the workspace was not known in time.'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** codex's WebSocket layer writes its extensions behind everything else: what was added goes in front of them. */
function extensionsLast(headers: HeaderList): HeaderList {
  const last = headers.filter(([name]) => name.toLowerCase() === 'sec-websocket-extensions')
  return [...headers.filter(([name]) => name.toLowerCase() !== 'sec-websocket-extensions'), ...last]
}
