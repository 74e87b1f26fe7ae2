import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import { openSocket, proxyLogin } from './connect.js'
import { caFile, environmentProxy } from './environment-proxy.js'

/** codex's cipher order (upstream-transport, Fingerprints) in OpenSSL's names; the TLS 1.3 suites come first. */
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

/** How long an idle connection is kept, in ms: less than the usual limit of servers. */
const IDLE_TIMEOUT = 30_000

/** How Node's http reaches a URL: the agent, the request target, and the proxy's login, if any. */
export interface HttpRoute {
  readonly agent: http.Agent
  readonly target: {
    readonly protocol: string
    readonly hostname: string
    readonly port: string
    readonly path: string
  }
  readonly login: string | null
}

/**
 * Creates the routes of one run, with one agent per scheme and proxy, created on first use. `to` throws CP_UPSTREAM_PROXY
 * or CP_UPSTREAM_TLS.
 */
export function createTlsConnections(env: NodeJS.ProcessEnv, log: Log): { to(url: URL): HttpRoute; close(): void } {
  const agents = new Map<string, http.Agent>()
  // An agent's timeout ends idle sockets; a busy socket only gets an event, which has no listener.
  const options = { keepAlive: true, timeout: IDLE_TIMEOUT, maxCachedSessions: 0, scheduling: 'lifo' } as const
  let secure: object | undefined
  const make = (protocol: string, proxy: URL | null): http.Agent => {
    if (protocol === 'http:') return new http.Agent(options)
    secure ??= secureOptions(env, log)
    const all = { ...options, ...secure }
    return proxy === null ? new https.Agent(all) : new TunnelAgent(proxy, caFile(env), all)
  }
  const agentFor = (protocol: string, proxy: URL | null): http.Agent => {
    const key = `${protocol} ${proxy?.href ?? ''}`
    const agent = agents.get(key) ?? make(protocol, proxy)
    agents.set(key, agent)
    return agent
  }
  return {
    to(url) {
      const proxy = environmentProxy(url, env)
      if (proxy !== null && url.protocol === 'http:') {
        // RFC 9112 section 3.2.2: a request to a proxy has the whole URL.
        const path = `http://${url.host}${url.pathname}${url.search}`
        return { agent: agentFor(proxy.protocol, null), target: { ...hostOf(proxy), path }, login: proxyLogin(proxy) }
      }
      const target = { ...hostOf(url), path: url.pathname + url.search }
      return { agent: agentFor(url.protocol, proxy), target, login: null }
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

function hostOf({ protocol, hostname, port }: URL): Omit<HttpRoute['target'], 'path'> {
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port }
}

/** Connects through an http or https proxy (RFC 9110 section 9.3.6); a refusal of the proxy is reported as its error. */
class TunnelAgent extends https.Agent {
  readonly #proxy: URL
  readonly #caFile: string | null

  constructor(proxy: URL, ca: string | null, options: https.AgentOptions) {
    super(options)
    this.#proxy = proxy
    this.#caFile = ca
  }

  override createConnection(options: ConnectionOptions, callback: Connected): undefined {
    openSocket(options.host ?? '', Number(options.port ?? 443), this.#proxy, this.#caFile).opened.then(
      (socket) => callback(null, tls.connect({ ...options, socket })),
      (error: Error) => callback(error),
    )
  }
}

type ConnectionOptions = tls.ConnectionOptions & { readonly host?: string; readonly port?: number | string }
type Connected = (error: Error | null, socket?: Duplex) => void

/** Returns options for codex's handshake, as far as Node's OpenSSL supports it, with the user's extra certificates. */
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
      hint: 'Fix or unset CODEX_CA_CERTIFICATE or SSL_CERT_FILE.',
      cause,
    })
  }
}
