import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import { answerFailure } from './error-answer.js'

/** The listening part of the proxy: its address is known before the rest is loaded. */
export interface ProxyServer {
  /** `http://127.0.0.1:PORT/<secret>` without a trailing slash. */
  readonly base: string
  readonly secret: string
  readonly port: number
  /** How many requests passed the guard. */
  requestCount(): number
  countRequest(): void
  close(): Promise<void>
}

/** Handles one request of the proxy, and with `upgrade` one that asks for another protocol on its connection. */
export interface RequestHandler {
  (incoming: IncomingMessage, outgoing: ServerResponse): void | Promise<void>
  upgrade?(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
}

/**
 * Listens on a random loopback port and passes requests to the handler that `load` creates.
 * `load` runs once, after codex has been started; earlier requests wait for it. Throws CP_PROXY_LISTEN.
 */
export async function startServer(
  load: (server: ProxyServer) => Promise<RequestHandler>,
  log: Log,
): Promise<ProxyServer> {
  const secret = randomBytes(32).toString('base64url')
  // codex's turn metadata is a header of a few KB, and grows with the workspace list.
  const server = createServer({ maxHeaderSize: 256 * 1024, keepAliveTimeout: 0, requestTimeout: 0 })
  server.timeout = 0
  await listen(server)
  const { port } = server.address() as AddressInfo
  let count = 0
  // Node hands upgraded connections over for good, so that they are closed here.
  const upgraded = new Set<Duplex>()
  const self: ProxyServer = {
    base: `http://127.0.0.1:${port}/${secret}`,
    secret,
    port,
    requestCount: () => count,
    countRequest: () => {
      count += 1
    },
    close: async () => {
      for (const socket of upgraded) socket.destroy()
      await closeServer(server)
    },
  }
  const handler = new Promise((resolve) => setImmediate(resolve)).then(() => load(self))
  handler.catch((error: unknown) => log.error('proxy.load', { error: String(error) }))
  server.on('request', (incoming, outgoing) => {
    handler.then((handle) => handle(incoming, outgoing)).catch((error: unknown) => answerFailure(outgoing, error))
  })
  server.on('upgrade', (incoming, socket, head) => {
    upgraded.add(socket)
    socket.on('error', () => {}).once('close', () => upgraded.delete(socket))
    handler.then((handle) => handle.upgrade?.(incoming, socket, head)).catch(() => socket.destroy())
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  return self
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new CodexPlusError('CP_PROXY_LISTEN', 'codex-plus could not listen on a loopback port.', {
          hint: 'Run plain `codex`, or check what blocks 127.0.0.1 on this machine.',
          cause,
        }),
      )
    })
    server.listen(0, '127.0.0.1', resolve)
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
