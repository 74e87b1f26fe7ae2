import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { Log } from '../log/log.js'
import { trustedContext } from './certificates.js'
import { openSocket, proxyLogin, withoutBrackets } from './connect.js'
import { createEarlyConnection } from './early-connection.js'
import { environmentProxy } from './environment-proxy.js'

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

/** The routes of one run. */
export interface TlsConnections {
  to(url: URL): HttpRoute
  /** Opens a connection to an https server for the first request to come; its TLS begins when `begin` resolves. */
  openEarly(url: URL, begin: Promise<void>): void
  close(): void
}

/**
 * Creates the routes of one run, with one agent per scheme and proxy, created on first use. `to` throws CP_UPSTREAM_PROXY
 * or CP_UPSTREAM_TLS.
 */
export function createTlsConnections(env: NodeJS.ProcessEnv, log: Log): TlsConnections {
  const agents = new Map<string, http.Agent>()
  // An agent's timeout ends idle sockets; a busy socket only gets an event, which has no listener.
  const options = { keepAlive: true, timeout: IDLE_TIMEOUT, maxCachedSessions: 0, scheduling: 'lifo' } as const
  let secure: object | undefined
  const make = (protocol: string, proxy: URL | null): http.Agent => {
    if (protocol === 'http:') return new http.Agent(options)
    secure ??= secureOptions(env, log)
    const all = { ...options, ...secure }
    return new ServerAgent(proxy, env, all)
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
    openEarly(url, begin) {
      const agent = agentFor(url.protocol, environmentProxy(url, env))
      if (agent instanceof ServerAgent) agent.openEarly(url, begin)
    },
    close() {
      for (const agent of agents.values()) {
        if (agent instanceof ServerAgent) agent.early.close()
        agent.destroy()
      }
    },
  }
}

function hostOf({ protocol, hostname, port }: URL): Omit<HttpRoute['target'], 'path'> {
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port }
}

/**
 * Connects to https servers, through an http or https proxy where there is one (RFC 9110 section 9.3.6), whose refusal is
 * reported as its error; the first connection may have been opened before it was needed.
 */
class ServerAgent extends https.Agent {
  readonly early = createEarlyConnection<tls.TLSSocket>((socket, ended) => {
    socket.on('error', ended).once('close', ended)
  })
  readonly #proxy: URL | null
  readonly #env: NodeJS.ProcessEnv

  constructor(proxy: URL | null, env: NodeJS.ProcessEnv, options: https.AgentOptions) {
    super(options)
    this.#proxy = proxy
    this.#env = env
  }

  override createConnection(options: ConnectionOptions, callback: Connected): Duplex | undefined {
    const early = this.early.take(`${options.host}:${options.port}`)
    if (early === null) return this.#connect(options, callback)
    early.opened.then(
      (socket) => {
        openedEarly.add(socket)
        callback(null, socket)
      },
      () => {
        const socket = this.#connect(options, callback)
        if (socket) callback(null, socket)
      },
    )
    return undefined
  }

  /** Returns the connection, or calls back with it once the proxy has opened it. */
  #connect(options: ConnectionOptions, callback: Connected): Duplex | undefined {
    if (this.#proxy === null) return super.createConnection(options, callback) as Duplex
    this.#open(options).then(
      (socket) => callback(null, tls.connect({ ...options, socket })),
      (error: Error) => callback(error),
    )
    return undefined
  }

  openEarly({ hostname, port }: URL, begin: Promise<void>): void {
    const host = withoutBrackets(hostname)
    const options: ConnectionOptions = {
      ...(this.options as tls.ConnectionOptions),
      host,
      port: Number(port || 443),
      ...(isIP(host) ? {} : { servername: host }),
    }
    let current: { destroy(): void } | null = null
    this.early.open(`${host}:${port || 443}`, () => ({
      opened: this.#secured(options, begin, (next) => {
        current = next
      }),
      close: () => current?.destroy(),
    }))
  }

  async #open(options: ConnectionOptions): Promise<Socket> {
    return await openSocket(options.host ?? '', Number(options.port ?? 443), this.#proxy, this.#env).opened
  }

  async #secured(
    options: ConnectionOptions,
    begin: Promise<void>,
    note: (socket: { destroy(): void }) => void,
  ): Promise<tls.TLSSocket> {
    const socket = await this.#open(options)
    note(socket)
    await begin
    const connection = tls.connect({ ...options, socket })
    note(connection)
    await once(connection, 'secureConnect')
    return connection
  }
}

/** Connections that were opened before they were needed: the server may have ended them meanwhile. */
const openedEarly = new WeakSet<object>()

/** Whether a connection was opened before it was needed. */
export function wasOpenedEarly(socket: object | null): boolean {
  return socket !== null && openedEarly.has(socket)
}

type ConnectionOptions = tls.ConnectionOptions & { readonly host?: string; readonly port?: number | string }
type Connected = (error: Error | null, socket?: Duplex) => void

/** Returns options for codex's handshake, as far as Node's OpenSSL supports it, with the user's extra certificates. */
function secureOptions(env: NodeJS.ProcessEnv, log: Log): object {
  const mirror = { ALPNProtocols: [], ciphers: CODEX_CIPHERS }
  try {
    return { ...mirror, secureContext: trustedContext({ ciphers: CODEX_CIPHERS }, env) }
  } catch (error) {
    log.warn('upstream.ca', { error: String(error) })
    throw error
  }
}
