import { isIP, type Socket } from 'node:net'
import tls from 'node:tls'
import { checkCertificate } from './certificate-strength.js'
import { openSocket, withoutBrackets } from './connect.js'
import { connectError } from './connect-error.js'
import { createEarlyConnection } from './early-connection.js'
import { environmentProxy } from './environment-proxy.js'
import { socketHello } from './socket-hello.js'

/** A connection to a server, TLS included, and how to give it up. */
export interface PendingConnection {
  /** Rejects with CP_UPSTREAM_CONNECT, CP_UPSTREAM_PROXY or CP_UPSTREAM_TLS. */
  readonly opened: Promise<Socket>
  /** Whether it was opened before it was needed: the server may have ended it meanwhile. */
  readonly early: boolean
  close(): void
}

/** Opens connections for WebSockets: through the user's proxy, with the user's authorities and codex's own hello. */
export interface SocketConnections {
  open(url: URL): PendingConnection
  /** Opens one for the first request to come; its TLS begins when `begin` resolves. */
  openEarly(url: URL, begin: Promise<void>): void
  /** Ends an early connection that nobody used. */
  close(): void
}

/** Creates the connections of one run; the TLS context is made once, with the first https server. */
export function createSocketConnections(env: NodeJS.ProcessEnv): SocketConnections {
  let hello: tls.ConnectionOptions | undefined
  const early = createEarlyConnection<Socket>((socket, ended) => {
    socket.on('error', ended).once('close', ended)
  })

  const connect = (url: URL, begin?: Promise<void>): PendingConnection => {
    const host = withoutBrackets(url.hostname)
    const secure = url.protocol === 'https:'
    const port = Number(url.port || (secure ? 443 : 80))
    let current: { destroy(): void } | null = null
    let closed = false
    const run = async (): Promise<Socket> => {
      const pending = openSocket(host, port, environmentProxy(url, env), env)
      current = { destroy: () => pending.cancel() }
      await begin
      // While the TCP connection is being opened.
      if (secure) hello ??= socketHello(env)
      const socket = await pending.opened
      current = socket
      if (closed) socket.destroy()
      return secure && hello ? await secured(socket, host, url, hello, (next) => (current = next)) : socket
    }
    const opened = run()
    // Whoever gives it up does not wait for it.
    opened.catch(() => {})
    return {
      opened,
      early: begin !== undefined,
      close() {
        closed = true
        current?.destroy()
      },
    }
  }
  return {
    open: (url) => {
      const taken = early.take(url.origin)
      return taken === null ? connect(url) : { ...taken, early: true }
    },
    openEarly: (url, begin) => early.open(url.origin, () => connect(url, begin)),
    close: early.close,
  }
}

function secured(
  socket: Socket,
  host: string,
  url: URL,
  hello: tls.ConnectionOptions,
  note: (socket: tls.TLSSocket) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const connection = tls.connect({ ...hello, socket, ...(isIP(host) ? {} : { servername: host }) })
    note(connection)
    const failed = (cause: Error): void => {
      connection.destroy()
      reject(connectError(cause, url, new AbortController().signal))
    }
    const closed = (): void => failed(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    connection.once('error', failed).once('close', closed)
    connection.once('secureConnect', () => {
      connection.off('error', failed).off('close', closed)
      // Until somebody uses it, and after.
      connection.on('error', () => {})
      try {
        checkCertificate(connection, url.host)
        resolve(connection)
      } catch (error) {
        failed(error as Error)
      }
    })
  })
}
