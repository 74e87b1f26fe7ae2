import type { Settings } from '../config/settings.js'
import type { Log } from '../log/log.js'
import { addressRequest } from '../proxy/address-request.js'
import type { AppParts } from '../proxy/app.js'
import { createCookieJar } from '../upstream/cookie-jar.js'
import { createUpstream } from '../upstream/create-upstream.js'
import { createEchoUpstream } from '../upstream/echo-upstream.js'
import { createSocketConnections } from '../upstream/socket-connections.js'
import { socketRefusal } from '../upstream/socket-refusal.js'
import { createSocketUpstream } from '../upstream/socket-upstream.js'
import { createRouter, type Router } from '../upstream/workspace-routing.js'
import type { RunConnections } from './begin-connection.js'
import { rememberServer } from './last-server.js'

export interface OpenUpstreamOptions {
  readonly settings: Settings
  /** `echo`, a server set by the user, or null for the server that matches the login of each request. */
  readonly base: 'echo' | URL | null
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** The connections of the run, where one may have been opened already. */
  readonly connections?: RunConnections
  onNotice(line: string): void
}

/** Opens the upstream of one run: transport, routing and cookie jar. */
export function openUpstream(
  options: OpenUpstreamOptions,
): Pick<AppParts, 'address' | 'send' | 'sockets'> & { close(): Promise<void> } {
  const { settings, base, env, log, connections, onNotice } = options
  const { transport, transportForced: forced, profile } = settings
  const upstream =
    base === 'echo'
      ? createEchoUpstream(settings.echo)
      : createUpstream({ transport, forced, profile, env, log, connections: connections?.tls, onNotice })
  // The echo upstream is not on a network; its host name only completes the URL.
  const routes = createRouter({ base: base === 'echo' ? new URL('http://echo.invalid/v1') : base, upstream, log })
  const router: Router = {
    async resolve(request) {
      const target = await routes.resolve(request)
      if (base === null && request.path.startsWith('/responses')) rememberServer(env, target.url, log)
      return target
    },
  }
  if (connections?.prepare) upstream.prepare?.(connections.prepare)
  const sockets = connections?.sockets ?? createSocketConnections(env)
  const jar = createCookieJar()
  const refusal = socketRefusal(settings, base)
  log.debug('socket.policy', { refusal })
  return {
    sockets: createSocketUpstream({ refusal, router, jar, connections: sockets, log }),
    async address(request) {
      const addressed = await addressRequest(request, (routed) => router.resolve(routed))
      request.note?.('upstream', { name: upstream.name, url: addressed.url.origin + addressed.url.pathname })
      return { ...addressed, headers: jar.attach(addressed.url, addressed.headers) }
    },
    async send(request) {
      const response = await upstream.send(request)
      jar.store(request.url, response.headers)
      return response
    },
    async close() {
      sockets.close()
      await upstream.close()
    },
  }
}
