import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import { headerPairs } from '../request/header-list.js'
import { connectError } from './connect-error.js'
import { createTlsConnections, type HttpRoute, type TlsConnections, wasOpenedEarly } from './tls-connections.js'
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.js'

/** Time limit for opening a connection, including TLS, in ms. */
const CONNECT_TIMEOUT = 30_000

export interface NativeOptions {
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** The connections of the run, where one may have been opened already. */
  readonly connections?: TlsConnections
}

/** Creates the upstream that uses Node's http and https with kept-alive connections. */
export function createNativeUpstream({ env, log, connections: given }: NativeOptions): Upstream {
  const connections = given ?? createTlsConnections(env, log)
  return {
    name: 'native',
    async send(request) {
      const route = connections.to(request.url)
      try {
        return await attempt(request, route)
      } catch (error) {
        // The server had closed the kept-alive connection: no response has begun, so a retry on a new one is safe.
        if (!(error instanceof StaleConnection)) throw error
        log.debug('upstream.stale', { host: request.url.host })
        return await attempt(request, route, true)
      }
    },
    close: async () => connections.close(),
  }
}

class StaleConnection extends Error {}

function attempt(request: UpstreamRequest, route: HttpRoute, last = false): Promise<UpstreamResponse> {
  const { method, url, body, signal } = request
  return new Promise((resolve, reject) => {
    const { agent, target, login } = route
    const maker = target.protocol === 'https:' ? https : http
    const outgoing = maker.request({ ...target, method, agent, signal, setHost: false })
    writeHeaders(outgoing, request)
    if (login !== null) outgoing.setHeader('proxy-authorization', login)
    const connecting = limitConnecting(outgoing)
    outgoing.once('response', (response: IncomingMessage) => {
      clearTimeout(connecting)
      resolve({
        status: response.statusCode ?? 502,
        statusText: response.statusMessage ?? '',
        headers: headerPairs(response.rawHeaders),
        body: response,
      })
    })
    // Errors after the response come here too; the body's own `error` event reports them.
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(connecting)
      const kept = outgoing.reusedSocket || wasOpenedEarly(outgoing.socket)
      const stale = !last && kept && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')
      reject(stale && !signal.aborted ? new StaleConnection() : connectError(cause, url, signal))
    })
    outgoing.end(body ?? undefined)
  })
}

/** Writes headers in codex's order: its own, then host, then content-length; no Connection header (upstream-transport). */
function writeHeaders(outgoing: ClientRequest, { url, headers, body }: UpstreamRequest): void {
  try {
    for (const [name, value] of headers) outgoing.appendHeader(name, value)
  } catch (cause) {
    outgoing.on('error', () => {}).destroy()
    throw new CodexPlusError(
      'CP_UPSTREAM_REQUEST',
      'A header of the request contains a character that HTTP does not allow.',
      {
        cause,
      },
    )
  }
  outgoing.setHeader('host', url.host)
  if (body !== null) outgoing.setHeader('content-length', body.length)
  outgoing.removeHeader('connection')
}

/** Limits the time to connect; there is no limit for the response, because a model may take any time. */
function limitConnecting(outgoing: ClientRequest): NodeJS.Timeout | undefined {
  const timer = setTimeout(() => {
    const error: NodeJS.ErrnoException = new Error(`no connection within ${CONNECT_TIMEOUT / 1000} s`)
    error.code = 'ETIMEDOUT'
    outgoing.destroy(error)
  }, CONNECT_TIMEOUT)
  timer.unref()
  outgoing.once('socket', (socket) => {
    if (!socket.connecting && (outgoing.reusedSocket || wasOpenedEarly(socket))) return clearTimeout(timer)
    socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => clearTimeout(timer))
  })
  return timer
}
