import { readFileSync } from 'node:fs'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import { headerPairs } from '../request/headers.js'
import { caFile, proxyFor } from './egress.js'
import { connectError } from './failure.js'
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.js'

/** codex's own cipher order (upstream-transport, Fingerprints), in OpenSSL's names; the TLS 1.3 suites come first. */
export const CODEX_CIPHERS = [
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA256',
  'ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:DHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:DHE-RSA-AES256-SHA',
  'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-SHA',
  'AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA',
].join(':')

/** How long a connection may take to stand, TLS included, in ms. */
const CONNECT_TIMEOUT = 30_000
/** How long an idle connection is kept, in ms: below what servers usually grant. */
const IDLE_TIMEOUT = 30_000

/** Makes the upstream that speaks with node's own http and https, over kept-alive connections. */
export function createNativeUpstream({ env, log }: { env: NodeJS.ProcessEnv; log: Log }): Upstream {
  const agents = createAgents(env, log)
  return {
    name: 'native',
    async send(request) {
      const agent = await agents.for(request.url)
      try {
        return await attempt(request, agent)
      } catch (error) {
        // A kept-alive connection that the server had closed: nothing of an answer came, so a fresh one is fair.
        if (!(error instanceof StaleConnection)) throw error
        log.debug('upstream.stale', { host: request.url.host })
        return await attempt(request, agent, true)
      }
    },
    close: async () => agents.close(),
  }
}

class StaleConnection extends Error {}

function attempt(request: UpstreamRequest, agent: http.Agent, last = false): Promise<UpstreamResponse> {
  const { method, url, body, signal } = request
  return new Promise((resolve, reject) => {
    const maker = url.protocol === 'https:' ? https : http
    const outgoing = maker.request(url, { method, agent, signal, setHost: false })
    writeHeaders(outgoing, request)
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
    // Also after the response: the body's own `error` tells of it then.
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(connecting)
      const stale = !last && outgoing.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')
      reject(stale && !signal.aborted ? new StaleConnection() : connectError(cause, url, signal))
    })
    outgoing.end(body ?? undefined)
  })
}

/** codex's order: its own headers, then host, then content-length; no Connection header (upstream-transport). */
function writeHeaders(outgoing: ClientRequest, { url, headers, body }: UpstreamRequest): void {
  try {
    for (const [name, value] of headers) outgoing.appendHeader(name, value)
  } catch (cause) {
    outgoing.on('error', () => {}).destroy()
    throw new CodexPlusError(
      'CP_UPSTREAM_REQUEST',
      'A header of the request holds a character that HTTP does not allow.',
      {
        cause,
      },
    )
  }
  outgoing.setHeader('host', url.host)
  if (body !== null) outgoing.setHeader('content-length', body.length)
  outgoing.removeHeader('connection')
}

/** Only the way to the server has a deadline: a model may think for as long as it likes. */
function limitConnecting(outgoing: ClientRequest): NodeJS.Timeout | undefined {
  const timer = setTimeout(() => {
    const error: NodeJS.ErrnoException = new Error(`no connection within ${CONNECT_TIMEOUT / 1000} s`)
    error.code = 'ETIMEDOUT'
    outgoing.destroy(error)
  }, CONNECT_TIMEOUT)
  timer.unref()
  outgoing.once('socket', (socket) => {
    if (!socket.connecting && outgoing.reusedSocket) return clearTimeout(timer)
    socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => clearTimeout(timer))
  })
  return timer
}

/** One agent a scheme and proxy, made when first needed. */
function createAgents(env: NodeJS.ProcessEnv, log: Log): { for(url: URL): Promise<http.Agent>; close(): void } {
  const agents = new Map<string, http.Agent>()
  // An agent's timeout ends idle sockets; a busy one is only told, and nobody listens.
  const options = { keepAlive: true, timeout: IDLE_TIMEOUT, maxCachedSessions: 0, scheduling: 'lifo' } as const
  let secure: object | undefined
  const make = async (url: URL, proxy: URL | null): Promise<http.Agent> => {
    const isTls = url.protocol === 'https:'
    if (isTls) secure ??= secureOptions(env, log)
    const all = { ...options, ...(isTls ? secure : {}) }
    if (proxy === null) return isTls ? new https.Agent(all) : new http.Agent(all)
    if (isTls) return new (await import('https-proxy-agent')).HttpsProxyAgent(proxy, all)
    return new (await import('http-proxy-agent')).HttpProxyAgent(proxy, all)
  }
  return {
    async for(url) {
      const proxy = proxyFor(url, env)
      const key = `${url.protocol} ${proxy?.href ?? ''}`
      const agent = agents.get(key) ?? (await make(url, proxy))
      agents.set(key, agent)
      return agent
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

/** codex's handshake as far as this OpenSSL can do it, and the user's extra certificates beside the usual ones. */
function secureOptions(env: NodeJS.ProcessEnv, log: Log): object {
  const mirror = { ALPNProtocols: [], ciphers: CODEX_CIPHERS }
  const file = caFile(env)
  if (file === null) return mirror
  try {
    const ca = [...tls.rootCertificates, readFileSync(file, 'utf8')]
    return { ...mirror, secureContext: tls.createSecureContext({ ca, ciphers: CODEX_CIPHERS }) }
  } catch (cause) {
    log.warn('upstream.ca', { file, error: String(cause) })
    throw new CodexPlusError('CP_UPSTREAM_TLS', `The certificates in ${file} could not be read.`, {
      hint: 'Mend or unset CODEX_CA_CERTIFICATE or SSL_CERT_FILE.',
      cause,
    })
  }
}
