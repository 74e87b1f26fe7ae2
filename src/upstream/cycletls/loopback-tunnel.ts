import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { CodexPlusError } from '../../errors.js'
import { openSocket, type PendingSocket, withoutBrackets } from '../connect.js'
import { createEarlyConnection, type Openable } from '../early-connection.js'
import { readHead } from '../response-head.js'
import { pump } from './copy-bytes.js'

export interface TunnelOptions {
  /** Milliseconds from the start of the connection to the end of the TLS handshake. */
  readonly handshakeDeadline: number
  /** The environment whose authorities an https proxy may have its certificate from. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * A CONNECT proxy on loopback that the helper connects through. The helper has no deadline for a handshake, leaks
 * connections, has imprecise error messages and does not support https proxies; the tunnel sees each connection and can
 * close it.
 */
export interface Tunnel {
  /** Starts to connect to `url`'s host, through `proxy` unless it is null. */
  open(url: URL, proxy: URL | null): TunnelRoute
  /** Connects to `url`'s host for the first request to come. */
  openEarly(url: URL, proxy: URL | null): void
  close(): void
}

/** The route of one request through the tunnel. */
export interface TunnelRoute {
  /** The proxy URL for the helper; valid only for this request's host. */
  readonly proxy: string
  /** The error of the connection, or null: CP_UPSTREAM_CONNECT, PROXY, TIMEOUT or RESET. */
  readonly failure: CodexPlusError | null
  /** Whether the helper has connected; before that nothing of the request can have been sent. */
  readonly used: boolean
  /** Stops reading from upstream until `resume`. */
  pause(): void
  resume(): void
  /** Closes its connections after `grace` milliseconds, in which both sides may close them first. */
  close(grace?: number): void
}

const READ_HEAD_WITHIN = 5_000

/** Listens on a random port of 127.0.0.1; a request without a route's secret is refused. */
export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const routes = new Map<string, OpenRoute>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.setNoDelay(true)
    accept(socket, routes).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()
  const { port } = server.address() as AddressInfo
  const early = createEarlyConnection<Socket>((socket, ended) => {
    socket.on('error', ended).once('close', ended)
  })
  const connect = (url: URL, proxy: URL | null): PendingSocket =>
    begin(() => openSocket(withoutBrackets(url.hostname), Number(url.port || 443), proxy, options.env))
  return {
    openEarly(url, proxy) {
      early.open(url.origin, () => {
        const { opened, cancel } = connect(url, proxy)
        return { opened, close: cancel }
      })
    },
    open(url, proxy) {
      const secret = randomBytes(24).toString('hex')
      const key = `Basic ${Buffer.from(`codex-plus:${secret}`).toString('base64')}`
      const ready = early.take(url.origin)
      const pending = ready ? withFallback(ready, () => connect(url, proxy)) : connect(url, proxy)
      const route = openRoute(`http://codex-plus:${secret}@127.0.0.1:${port}`, url, pending, options, () =>
        routes.delete(key),
      )
      routes.set(key, route)
      return route
    },
    close() {
      early.close()
      server.close()
      for (const route of routes.values()) route.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A connection that was opened early, or a fresh one where that failed. */
function withFallback(ready: Openable<Socket>, connect: () => PendingSocket): PendingSocket {
  let current: { cancel(): void } = { cancel: () => ready.close() }
  const opened = ready.opened.catch(() => {
    const fresh = connect()
    current = fresh
    return fresh.opened
  })
  return { opened, cancel: () => current.cancel() }
}

interface OpenRoute extends TunnelRoute {
  readonly target: string
  connect(helper: Socket): Promise<void>
}

async function accept(helper: Socket, routes: ReadonlyMap<string, OpenRoute>): Promise<void> {
  helper.setTimeout(READ_HEAD_WITHIN, () => helper.destroy())
  const head = await readHead(helper)
  helper.setTimeout(0)
  const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1]
  const login = /^proxy-authorization: *(.*?) *\r$/im.exec(head)?.[1] ?? ''
  const route = routes.get(login)
  if (route === undefined || target !== route.target) {
    helper.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    return
  }
  await route.connect(helper)
}

function openRoute(
  proxyUrl: string,
  url: URL,
  pending: PendingSocket,
  options: TunnelOptions,
  done: () => void,
): OpenRoute {
  let failure: CodexPlusError | null = null
  let helperEnd: Socket | null = null
  let pumped: { pause(): void; resume(): void } | null = null
  let paused = false
  let used = false
  const fail = (error: CodexPlusError): void => {
    failure ??= error
    pending.cancel()
    helperEnd?.destroy()
  }
  const deadline = setTimeout(() => {
    const seconds = options.handshakeDeadline / 1000
    fail(new CodexPlusError('CP_UPSTREAM_TIMEOUT', `${url.host} did not finish a TLS handshake within ${seconds} s.`))
  }, options.handshakeDeadline)
  deadline.unref()
  // The connection is opened before the helper asks for it, which hides a round trip or the helper's start.
  pending.opened.catch((error: CodexPlusError) => fail(error))

  return {
    proxy: proxyUrl,
    target: `${url.hostname}:${url.port || 443}`,
    get failure() {
      return failure
    },
    get used() {
      return used
    },
    async connect(helper) {
      // One request connects once; a second connection would share the first one's socket.
      if (used) return void helper.destroy()
      used = true
      helperEnd = helper
      const upstream = await pending.opened
      if (helper.destroyed || failure !== null) return void helper.destroy()
      helper.write('HTTP/1.1 200 OK\r\n\r\n')
      pumped = pump(helper, upstream, {
        handshakeDone: () => clearTimeout(deadline),
        failed: (cause) => {
          const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
          failure ??= new CodexPlusError('CP_UPSTREAM_RESET', `${url.host} reset the connection (${code}).`, { cause })
        },
      })
      if (paused) pumped.pause()
    },
    pause() {
      paused = true
      pumped?.pause()
    },
    resume() {
      paused = false
      pumped?.resume()
    },
    close(grace = 0) {
      clearTimeout(deadline)
      done()
      const destroy = (): void => {
        pending.cancel()
        helperEnd?.destroy()
      }
      if (grace === 0) destroy()
      else setTimeout(destroy, grace).unref()
    },
  }
}

/** Reports an error thrown at the start, such as an unsupported proxy, like a failed connection. */
function begin(start: () => PendingSocket): PendingSocket {
  try {
    return start()
  } catch (error) {
    return { opened: Promise.reject(error), cancel() {} }
  }
}
