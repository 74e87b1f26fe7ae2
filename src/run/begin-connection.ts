import { createSocketConnections, type SocketConnections } from '../upstream/socket-connections.js'
import { socketRefusal } from '../upstream/socket-refusal.js'
import { createTlsConnections, type TlsConnections } from '../upstream/tls-connections.js'
import { usesCycletls } from '../upstream/transport-choice.js'
import type { Run } from './feature.js'
import { lastServer } from './last-server.js'

/** The connections of a run, one of which may be open before codex asks for it. */
export interface RunConnections {
  readonly sockets: SocketConnections
  readonly tls: TlsConnections
  /** The server that cycletls has to be ready for; null where it is not used, or nothing is opened early. */
  readonly prepare: URL | null
}

type EarlyRun = Pick<Run, 'settings' | 'base' | 'env' | 'log'>

/**
 * Opens the connection to the server that the first request will go to, while codex starts; its TLS begins when `started`
 * resolves. Without a server set by the user it is the one of the last run with this login.
 */
export function connectEarly(run: EarlyRun, started: Promise<void>): RunConnections {
  const { settings, base, env, log } = run
  const sockets = createSocketConnections(env)
  const tls = createTlsConnections(env, log)
  const url = base instanceof URL ? base : lastServer(env)
  let prepare: URL | null = null
  if (url !== null) {
    const cycletls = usesCycletls(settings, url)
    try {
      if (socketRefusal(settings, base) === null) sockets.openEarly(url, started)
      else if (cycletls) prepare = url
      else tls.openEarly(url, started)
    } catch (error) {
      log.debug('early', { error: String(error) })
    }
    log.debug('early', { server: url.host })
  }
  return { sockets, tls, prepare }
}
