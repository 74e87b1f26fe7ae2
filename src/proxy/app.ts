import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Log } from '../log/log.js'
import type { SocketUpstream } from '../upstream/socket-upstream.js'
import { createGuard, type GuardResult } from './access-guard.js'
import { refuseUpgrade } from './answer-upgrade.js'
import { answerFailure, answerPlain } from './error-answer.js'
import type { Exchange } from './exchange.js'
import { createHttpCarrier } from './http-carrier.js'
import { type PipelineParts, runPipeline } from './pipeline.js'
import type { ProxyServer, RequestHandler } from './server.js'
import { createUpgradeHandler } from './socket/upgrade.js'

type ProxyEnv = { Bindings: HttpBindings; Variables: { path: string } }

const REFUSALS = {
  403: 'codex-plus: this address answers only the codex it started.',
  404: 'codex-plus: not found.',
  426: 'codex-plus: plain HTTP only.',
} as const

/** Handlers of requests that codex-plus serves itself, by the first segment of the path: `mcp`, `hooks`. */
export type Routes = Readonly<Record<string, (exchange: Exchange) => Promise<void>>>

/** What the app serves codex's requests with. */
export interface AppParts extends PipelineParts {
  /** The way of codex's WebSockets; without one, codex goes on over HTTP. */
  readonly sockets?: SocketUpstream
}

/**
 * Creates the Hono app of one run: the guard first, then the local routes; every other request under the secret segment
 * goes through the pipeline.
 */
export function createApp(server: ProxyServer, parts: AppParts, log: Log, routes: Routes = {}): RequestHandler {
  const guard = createGuard(server.secrets, () => server.port)
  const app = new Hono<ProxyEnv>()
  // The user is looked up when the connection comes; the first request may be here before the answer.
  const passes = async (incoming: IncomingMessage, upgrades = false): Promise<GuardResult> => {
    const result = guard(incoming, { upgrades })
    return 'refused' in result || (await server.isSameUser(incoming.socket)) ? result : { refused: 403 }
  }

  app.use(async (context, next) => {
    const { incoming, outgoing } = context.env
    const result = await passes(incoming)
    if ('refused' in result) {
      log.debug('proxy.refused', { status: result.refused, method: incoming.method })
      answerPlain(outgoing, result.refused, REFUSALS[result.refused])
      return RESPONSE_ALREADY_SENT
    }
    context.set('path', result.path)
    return await next()
  })

  // Handlers write to Node's response directly: bytes pass unchanged, and a broken stream can be cut off.
  app.all('*', async (context) => {
    const { incoming, outgoing } = context.env
    const whole = context.get('path')
    const route = routeOf(whole, routes)
    const path = route ? whole : apiPath(whole)
    const started = performance.now()
    const abort = new AbortController()
    outgoing.once('close', () => abort.abort())
    const exchange: Exchange = { incoming, outgoing, path, signal: abort.signal }
    if (!route) server.countRequest()
    try {
      if (route) await route(exchange)
      else await runPipeline(createHttpCarrier(exchange, parts), parts)
    } catch (error) {
      log.warn('proxy.failure', { path, error: String(error), cause: String((error as Error).cause ?? '') })
      answerFailure(outgoing, error)
    }
    log.info('proxy.request', {
      method: incoming.method,
      path,
      status: outgoing.statusCode,
      ms: Math.round(performance.now() - started),
    })
    return RESPONSE_ALREADY_SENT
  })

  // Hono's default handler would print to the terminal, which codex uses.
  app.onError((error, context) => {
    log.error('proxy.handler', { error: String(error) })
    answerFailure(context.env.outgoing, error)
    return RESPONSE_ALREADY_SENT
  })

  const upgrade = parts.sockets && createUpgradeHandler({ parts, sockets: parts.sockets, log })
  return Object.assign(getRequestListener(app.fetch, { overrideGlobalObjects: false }), {
    async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      const result = await passes(incoming, true)
      if ('refused' in result || upgrade === undefined || !isWebSocket(incoming) || routeOf(result.path, routes)) {
        const status = 'refused' in result ? result.refused : 426
        log.debug('proxy.refused', { status, upgrade: incoming.headers.upgrade })
        refuseUpgrade(socket, status, REFUSALS[status])
        return
      }
      server.countRequest()
      await upgrade(incoming, socket, head, apiPath(result.path))
    },
  })
}

/** The path below `/v1`, where codex's API begins. */
function apiPath(path: string): string {
  return path.replace(/^\/v1(?=[/?]|$)/, '') || '/'
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/** Finds the local route of a path. Paths of codex's API begin with `/v1`, so no local route can shadow them. */
function routeOf(path: string, routes: Routes): Routes[string] | undefined {
  const word = /^\/([\w-]+)(?=[/?]|$)/.exec(path)?.[1]
  return word !== undefined && word !== 'v1' && Object.hasOwn(routes, word) ? routes[word] : undefined
}
