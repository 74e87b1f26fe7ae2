import type { IncomingMessage } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Log } from '../log/log.js'
import { createGuard, type GuardResult } from './access-guard.js'
import { answerFailure, answerPlain } from './error-answer.js'
import type { Exchange } from './exchange.js'
import { type PipelineParts, runPipeline } from './pipeline.js'
import type { ProxyServer, RequestHandler } from './server.js'

type ProxyEnv = { Bindings: HttpBindings; Variables: { path: string } }

const REFUSALS = {
  403: 'codex-plus: this address answers only the codex it started.',
  404: 'codex-plus: not found.',
  426: 'codex-plus: plain HTTP only.',
} as const

/** Handlers of requests that codex-plus serves itself, by the first segment of the path: `mcp`, `hooks`. */
export type Routes = Readonly<Record<string, (exchange: Exchange) => Promise<void>>>

/**
 * Creates the Hono app of one run: the guard first, then the local routes; every other request under the secret segment
 * goes through the pipeline.
 */
export function createApp(server: ProxyServer, parts: PipelineParts, log: Log, routes: Routes = {}): RequestHandler {
  const guard = createGuard(server.secret, () => server.port)
  const app = new Hono<ProxyEnv>()
  // The user is looked up when the connection comes; the first request may be here before the answer.
  const passes = async (incoming: IncomingMessage): Promise<GuardResult> => {
    const result = guard(incoming)
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
    const path = route ? whole : whole.replace(/^\/v1(?=[/?]|$)/, '') || '/'
    const started = performance.now()
    const abort = new AbortController()
    outgoing.once('close', () => abort.abort())
    const exchange: Exchange = { incoming, outgoing, path, signal: abort.signal }
    if (!route) server.countRequest()
    try {
      if (route) await route(exchange)
      else await runPipeline(exchange, parts)
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

  return getRequestListener(app.fetch, { overrideGlobalObjects: false })
}

/** Finds the local route of a path. Paths of codex's API begin with `/v1`, so no local route can shadow them. */
function routeOf(path: string, routes: Routes): Routes[string] | undefined {
  const word = /^\/([\w-]+)(?=[/?]|$)/.exec(path)?.[1]
  return word !== undefined && word !== 'v1' && Object.hasOwn(routes, word) ? routes[word] : undefined
}
