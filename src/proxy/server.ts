import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { Route, Secrets } from './access-guard.js'
import { answerFailure } from './error-answer.js'
import { createPeerCheck } from './peer-user.js'

/** The listening part of the proxy: its address is known before the rest is loaded. */
export interface ProxyServer {
  /** `http://127.0.0.1:PORT/<secret>` of codex's API, without a trailing slash. */
  readonly base: string
  readonly secret: string
  readonly secrets: Secrets
  /** Returns `http://127.0.0.1:PORT/<secret>` of a route, without a trailing slash. */
  routeBase: RouteBase
  readonly port: number
  /** How many requests passed the guard. */
  requestCount(): number
  countRequest(): void
  /** Whether the other end of a connection belongs to the current user; any other connection is destroyed. */
  isSameUser(socket: Socket): Promise<boolean>
  close(): Promise<void>
}

/** Returns the address of a route up to its secret. */
export type RouteBase = (route: Route) => string

/** Handles one request of the proxy, and with `upgrade` one that asks for another protocol on its connection. */
export interface RequestHandler {
  (incoming: IncomingMessage, outgoing: ServerResponse): void | Promise<void>
  upgrade?(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
}

/** Maximum number of open connections; codex needs one for each stream, MCP server and hook that runs. */
const MAX_CONNECTIONS = 512
/** Time limit for the head of a request, in ms, also for its first byte: the secret is not known before. */
const HEAD_WITHIN_MS = 10_000

/**
 * Listens on a random loopback port and passes requests to the handler that `load` creates.
 * `load` runs once, after codex has been started; earlier requests wait for it. Throws CP_PROXY_LISTEN.
 */
export async function startServer(
  load: (server: ProxyServer) => Promise<RequestHandler>,
  log: Log,
): Promise<ProxyServer> {
  const newSecret = (): string => randomBytes(32).toString('base64url')
  const secrets: Secrets = { v1: newSecret(), mcp: newSecret(), hooks: newSecret() }
  // codex's turn metadata is a header of a few KB, and grows with the workspace list.
  const server = createServer({
    maxHeaderSize: 256 * 1024,
    keepAliveTimeout: 0,
    requestTimeout: 0,
    headersTimeout: HEAD_WITHIN_MS,
    connectionsCheckingInterval: 1000,
  })
  server.timeout = 0
  server.maxConnections = MAX_CONNECTIONS
  await listen(server)
  const { port } = server.address() as AddressInfo
  const isSameUser = createPeerCheck(port)
  server.on('connection', (socket) => {
    void isSameUser(socket).then((same) => {
      if (same) return
      log.warn('proxy.stranger', { port: socket.remotePort })
      socket.destroy()
    })
  })
  let count = 0
  const routeBase: RouteBase = (route) => `http://127.0.0.1:${port}/${secrets[route]}`
  // Node hands upgraded connections over for good, so that they are closed here.
  const upgraded = new Set<Duplex>()
  const self: ProxyServer = {
    base: routeBase('v1'),
    secret: secrets.v1,
    secrets,
    routeBase,
    port,
    requestCount: () => count,
    countRequest: () => {
      count += 1
    },
    isSameUser,
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
