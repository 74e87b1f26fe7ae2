import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { CodexPlusError } from '../errors.js'
import { trustedContext } from './certificates.js'
import { readHead } from './response-head.js'

/** A connection that is being opened; it can be cancelled at any time. */
export interface PendingSocket {
  readonly opened: Promise<Socket>
  cancel(): void
}

/** Milliseconds before the next address of a host is tried as well. Node's default of 250 fails on slow links. */
const NEXT_ADDRESS_AFTER = 1_000

/**
 * Connects to `host:port`, through `proxy` (http or https, with the authorities that `env` trusts) unless it is null.
 * `opened` rejects with CP_UPSTREAM_CONNECT, or with CP_UPSTREAM_PROXY when the proxy fails.
 */
export function openSocket(host: string, port: number, proxy: URL | null, env: NodeJS.ProcessEnv): PendingSocket {
  const first = proxy === null ? open(host, port) : openProxy(proxy, env)
  first.on('error', () => {})
  const opened = settle(first, host, port, proxy)
  opened.catch(() => first.destroy())
  return { opened, cancel: () => void first.destroy() }
}

async function settle(socket: Socket, host: string, port: number, proxy: URL | null): Promise<Socket> {
  try {
    await ready(socket)
  } catch (cause) {
    if (proxy !== null) throw proxyFailed(proxy, describe(cause), cause)
    throw new CodexPlusError('CP_UPSTREAM_CONNECT', `${host}:${port} cannot be reached: ${describe(cause)}.`, { cause })
  }
  socket.setNoDelay(true)
  if (proxy === null) return socket
  try {
    await httpConnect(socket, host, port, proxy)
  } catch (cause) {
    throw proxyFailed(proxy, describe(cause), cause)
  }
  return socket
}

function open(host: string, port: number): Socket {
  return connect({ host, port, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER })
}

function openProxy(proxy: URL, env: NodeJS.ProcessEnv): Socket {
  const host = withoutBrackets(proxy.hostname)
  switch (proxy.protocol) {
    case 'http:':
      return open(host, Number(proxy.port || 80))
    case 'https:':
      return connectTls({
        host,
        port: Number(proxy.port || 443),
        ...(isIP(host) ? {} : { servername: host }),
        secureContext: trustedContext({}, env),
      })
    default:
      throw proxyFailed(proxy, `${proxy.protocol.slice(0, -1)} proxies are not supported`)
  }
}

/** Resolves when the connection, including TLS to an https proxy, is established. */
function ready(socket: Socket): Promise<void> {
  const event = 'getPeerCertificate' in socket ? 'secureConnect' : 'connect'
  return new Promise((resolve, reject) => {
    socket.once(event, resolve).once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
  })
}

/** Sends CONNECT to a proxy and waits for its response (RFC 9110 section 9.3.6). */
async function httpConnect(socket: Socket, host: string, port: number, proxy: URL): Promise<void> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const credentials = proxyLogin(proxy)
  const login = credentials === null ? '' : `Proxy-Authorization: ${credentials}\r\n`
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`)
  const head = await readHead(socket)
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]
  if (status === undefined || !status.startsWith('2')) {
    throw new Error(`it answered CONNECT ${target} with ${status === undefined ? 'an invalid response' : status}`)
  }
}

/** Returns the Proxy-Authorization value for the user in a proxy's URL (RFC 7617), or null when there is none. */
export function proxyLogin({ username, password }: URL): string | null {
  if (username === '') return null
  const login = `${decoded(username)}:${decoded(password)}`
  return `Basic ${Buffer.from(login, 'utf8').toString('base64')}`
}

/** Decodes percent encoding; a text with an invalid `%` is taken literally. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Removes the brackets of an IPv6 host of a URL. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function proxyFailed(proxy: URL, what: string, cause?: unknown): CodexPlusError {
  // Only the host: a proxy's URL may contain a password.
  return new CodexPlusError('CP_UPSTREAM_PROXY', `The proxy ${proxy.protocol}//${proxy.host} failed: ${what}.`, {
    hint: 'Check HTTPS_PROXY, ALL_PROXY and NO_PROXY.',
    cause,
  })
}

function describe(error: unknown): string {
  // An AggregateError (one entry per address tried) has no message.
  const { message, code } = error as { message?: string; code?: string }
  return message || code || String(error)
}
