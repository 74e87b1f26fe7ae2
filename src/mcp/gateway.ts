import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  type ClientCapabilities,
  ErrorCode,
  McpError,
  type Notification,
  type Request,
  type Result,
  ResultSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError, formatError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { Exchange } from '../proxy/exchange.js'
import { readJson } from '../proxy/read-json-body.js'
import { coalesce } from './coalesce.js'
import type { CallOptions, LiveServer } from './connection-types.js'
import { listPages } from './list-all.js'
import { LIST_KINDS } from './list-kinds.js'
import { namesTool } from './server-access.js'
import type { Pool, PoolServer, ToolCall } from './server-pool.js'

/** One session of the gateway: codex opens one for each of its threads. */
interface GatewaySession {
  readonly transport: StreamableHTTPServerTransport
  readonly server: Server
  /** Ids of codex's requests in progress, newest last: messages of the server belong to the newest one. */
  readonly inFlight: Array<string | number>
  /** Tells codex that a list has changed, by the method of the notification. */
  readonly changed: Map<string, () => void>
}

/** Maximum size of one message, in bytes. */
const MESSAGE_LIMIT = 64 * 1024 * 1024
/** The notifications that say no more than that something has changed. */
const LIST_CHANGED = new Set(['tools', 'prompts', 'resources'].map((kind) => `notifications/${kind}/list_changed`))
/** How long the user may take to answer a server's question, in ms. */
const ASK_TIMEOUT = 10 * 60_000

/** Creates the route that serves each server of the pool at `/mcp/<id>` as streamable HTTP. */
export function createGateway(pool: Pool, log: Log): (exchange: Exchange) => Promise<void> {
  const handlers = new Map<string, (exchange: Exchange) => Promise<void>>()
  for (const [id, member] of pool.members) handlers.set(id, createServerHandler(member, log))
  return async (exchange) => {
    const [, id = ''] = /^\/mcp\/([\w-]+)\/?(?:\?|$)/.exec(exchange.path) ?? []
    const handler = handlers.get(id)
    if (handler) return await handler(exchange)
    refuse(exchange.outgoing, 404, `codex-plus: no MCP server '${id}' is running.`, null)
  }
}

/** Serves one server to any number of sessions. */
function createServerHandler(member: PoolServer, log: Log): (exchange: Exchange) => Promise<void> {
  const { connection } = member
  const sessions = new Map<string, GatewaySession>()
  connection.onNotification((notification) => {
    for (const session of sessions.values()) pass(session, notification)
  })
  connection.onAsked(async (request, signal) => await ask([...sessions.values()], request, signal))

  return async ({ incoming, outgoing }) => {
    const id = incoming.headers['mcp-session-id']
    if (typeof id === 'string') {
      const session = sessions.get(id)
      if (session === undefined) return refuse(outgoing, 404, 'Session not found', null)
      return await session.transport.handleRequest(incoming, outgoing)
    }
    if (incoming.method !== 'POST') return refuse(outgoing, 400, 'Bad Request: Mcp-Session-Id header is required', null)
    const message = await readJson(incoming, MESSAGE_LIMIT)
    if (message === undefined) return refuse(outgoing, 400, 'Parse error', null, ErrorCode.ParseError)
    const first = (Array.isArray(message) ? message[0] : message) as {
      id?: string | number
      method?: string
      params?: { capabilities?: ClientCapabilities }
    } | null
    if (first?.method !== 'initialize') {
      return refuse(outgoing, 400, 'Bad Request: the first message has to be initialize', first?.id ?? null)
    }
    let upstream: LiveServer
    try {
      upstream = await connection.ready(first.params?.capabilities ?? {})
    } catch (error) {
      log.warn('mcp.initialize', { server: connection.name, error: formatError(error) })
      return answerError(outgoing, first.id ?? null, formatError(error))
    }
    const session = openSession(member, upstream, sessions, log)
    await session.server.connect(session.transport as Transport)
    await session.transport.handleRequest(incoming, outgoing, message)
  }
}

function openSession(
  member: PoolServer,
  upstream: LiveServer,
  sessions: Map<string, GatewaySession>,
  log: Log,
): GatewaySession {
  const { connection } = member
  const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, session),
    onsessionclosed: (id) => void sessions.delete(id),
  })
  // Tasks are an experimental part of the protocol that would need a store.
  const { tasks: _tasks, ...capabilities } = upstream.capabilities
  const server = new Server(upstream.serverInfo ?? { name: connection.name, version: '0' }, {
    capabilities,
    ...(upstream.instructions === undefined ? {} : { instructions: upstream.instructions }),
  })
  const session: GatewaySession = { transport, server, inFlight: [], changed: new Map() }
  // The server handles the log level itself, not the SDK.
  server.removeRequestHandler('logging/setLevel')
  server.fallbackRequestHandler = async (request, extra) => {
    const { requestId, signal } = extra
    session.inFlight.push(requestId)
    const token = request.params?._meta?.progressToken
    const onprogress: CallOptions['onprogress'] =
      token === undefined
        ? undefined
        : (progress) => {
            const params = { ...progress, progressToken: token }
            extra.sendNotification({ method: 'notifications/progress', params }).catch(() => {})
          }
    try {
      return await forward(member, request, { signal, ...(onprogress && { onprogress }) })
    } finally {
      session.inFlight.splice(session.inFlight.indexOf(requestId), 1)
    }
  }
  server.fallbackNotificationHandler = async (notification) => {
    await connection.notify(notification)
  }
  server.onerror = (error) => log.debug('mcp.session', { server: connection.name, error: String(error) })
  return session
}

/** Forwards a request to the server; denied tools are refused and removed from lists, which are given in one page. */
async function forward(member: PoolServer, request: Request, options: CallOptions): Promise<Result> {
  const { connection, server } = member
  if (request.method === 'tools/call') {
    try {
      return await member.callTool(request.params as unknown as ToolCall, options)
    } catch (error) {
      // As a tool result, so that the model sees the hint and not only that the call failed.
      if (error instanceof CodexPlusError)
        return { content: [{ type: 'text', text: formatError(error) }], isError: true }
      throw error
    }
  }
  const kind = LIST_KINDS.find(({ method }) => method === request.method)
  if (kind === undefined) return await connection.request({ method: request.method, params: request.params }, options)
  const whole = request.params?.cursor === undefined
  // codex asks for page after page, without end where a server has no last one.
  const result = whole
    ? await listPages(connection, kind, options)
    : await connection.request({ method: request.method, params: request.params }, options)
  const items = result[kind.key] as Array<Record<string, unknown>>
  if (kind.key !== 'tools') return result
  return { ...result, tools: items.filter(({ name }) => !namesTool(server.access.deniedTools, String(name))) }
}

/** Forwards a notification; a log message goes with the request in progress, if there is one. */
function pass({ server, inFlight, changed }: GatewaySession, notification: Notification): void {
  const { method } = notification
  const send = (options = {}): void => void server.notification(notification as never, options).catch(() => {})
  if (LIST_CHANGED.has(method)) {
    const tell = changed.get(method) ?? coalesce(send)
    changed.set(method, tell)
    tell()
    return
  }
  const related = inFlight.at(-1)
  send(method === 'notifications/message' && related !== undefined ? { relatedRequestId: related } : {})
}

/** Sends a server's request to the session with a request in progress, else to the newest session. */
async function ask(sessions: readonly GatewaySession[], request: Request, signal: AbortSignal): Promise<Result> {
  const session = sessions.findLast(({ inFlight }) => inFlight.length > 0) ?? sessions.at(-1)
  const clientCapabilities = session?.server.getClientCapabilities()
  const kind = request.method.split('/')[0] as 'sampling' | 'elicitation'
  if (session === undefined || !clientCapabilities?.[kind]) {
    if (request.method === 'elicitation/create') return { action: 'decline' }
    throw new McpError(ErrorCode.MethodNotFound, `codex does not answer ${request.method}`)
  }
  const related = session.inFlight.at(-1)
  const options = { signal, timeout: ASK_TIMEOUT, ...(related === undefined ? {} : { relatedRequestId: related }) }
  return await session.server.request(
    { method: request.method, params: request.params } as never,
    ResultSchema,
    options,
  )
}

/** Sends a JSON-RPC error with an HTTP status. */
function refuse(
  outgoing: ServerResponse,
  status: number,
  message: string,
  id: string | number | null,
  code: number = ErrorCode.InvalidRequest,
): void {
  outgoing
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id }))
}

/** Answers a valid request that failed; codex shows the message. */
function answerError(outgoing: ServerResponse, id: string | number | null, message: string): void {
  refuse(outgoing, 200, message, id, ErrorCode.InternalError)
}
