import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  type ClientCapabilities,
  type Notification,
  type Request,
  type Result,
  ResultSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError } from '../errors.js'
import { checkResult } from './check-result.js'
import { isList, isLost, isUnauthorized, requestError, SessionLost, startError } from './connection-errors.js'
import type { CallOptions, Connection, ConnectionOptions, ConnectionState, LiveServer } from './connection-types.js'
import { createWarnings } from './server-warnings.js'
import { createWaitingRequests } from './stray-answers.js'

/** Delay before each consecutive restart, in ms; after the last one the server stays down until the next request. */
const BACKOFF = [250, 1000, 2000, 5000, 10_000]
/** A server that ran longer than this, in ms, starts again with the first delay. */
const STABLE_AFTER = 60_000
/** Minimum time between two attempts to start a server on request, in ms. */
const RETRY_AFTER = 5_000
const PING_TIMEOUT = 5_000
/** How long a server may take for a page of a list, in ms: nobody waits for these as long as for a tool. */
const PAGE_WITHIN = 60_000
/** How long requests of a lost session may still end by themselves, in ms. */
const RETIRE_AFTER = 5_000

/** Creates the connection to a server without starting it. */
export function createConnection(options: ConnectionOptions): Connection {
  const { name, log } = options
  const listeners: Array<(notification: Notification) => void> = []
  const readyListeners: Array<() => void> = []
  let answer: ((request: Request, signal: AbortSignal) => Promise<Result>) | null = null
  let live: LiveServer | null = null
  let starting: Promise<LiveServer> | null = null
  let capabilities: ClientCapabilities = { roots: {}, elicitation: {} }
  let state: ConnectionState = { phase: 'idle', startedInMs: null, reason: null, restarts: 0 }
  let failure: { readonly error: unknown; readonly at: number } | null = null
  let readyAt = 0
  let failures = 0
  let current: Transport | undefined
  const closing = new AbortController()
  const warn = createWarnings(options)
  const waiting = createWaitingRequests(name, warn)

  const emit = (notification: Notification): void => {
    for (const listener of listeners) listener(notification)
  }
  const startOnce = (): Promise<LiveServer> => {
    const run = start()
    starting = run
    void run
      .catch(() => {})
      .finally(() => {
        if (starting === run) starting = null
      })
    return run
  }
  const start = async (): Promise<LiveServer> => {
    const begun = performance.now()
    state = { ...state, phase: 'starting', reason: null }
    let client: Client | undefined
    try {
      const transport = await options.transport()
      current = transport
      client = new Client({ name: 'codex-plus', version: options.version }, { capabilities })
      client.fallbackNotificationHandler = async (notification) => emit(notification)
      client.fallbackRequestHandler = async (request, { signal }) => await answerServer(request, signal)
      waiting.watch(transport)
      const { signal, end } = waiting.begin()
      await client.connect(transport, { timeout: options.startMs, signal }).finally(end)
      const upstream = liveServer(client)
      watch(client)
      live = upstream
      readyAt = performance.now()
      failure = null
      state = { ...state, phase: 'ready', startedInMs: Math.round(readyAt - begun) }
      log('mcp.ready', { server: name, ms: state.startedInMs })
      for (const listener of readyListeners) listener()
      return upstream
    } catch (cause) {
      await client?.close().catch(() => {})
      const error = concealed(startError(options, cause))
      failure = { error, at: performance.now() }
      const phase = error.code === 'CP_MCP_LOGIN' ? 'login' : 'failed'
      if (state.phase !== 'closed') state = { ...state, phase, reason: error.message }
      log('mcp.failed', { server: name, reason: error.message })
      throw error
    }
  }
  const concealed = <Failure>(error: Failure): Failure => {
    if (error instanceof Error) error.message = options.conceal(error.message)
    return error
  }
  const watch = (client: Client): void => {
    client.onclose = () => lost(client, options.endReason?.() ?? 'it closed the connection')
    client.onerror = (error) => {
      log('mcp.error', { server: name, error: options.conceal(String(error)) })
      // A broken stream may be one of many, or mean that the server is gone, and calls on it would wait forever: ping
      // it.
      if (live?.client === client && /stream disconnected|SSE error/i.test(String(error))) {
        client.ping({ timeout: PING_TIMEOUT }).catch((failed: unknown) => {
          if (isLost(failed, hasSession(client)) === 'session') renew(client)
          else void client.close()
        })
      }
    }
  }
  const lost = (client: Client, reason: string): void => {
    if (live?.client !== client) return
    live = null
    if (state.phase === 'closed') return
    failures = performance.now() - readyAt > STABLE_AFTER ? 1 : failures + 1
    state = { ...state, phase: 'failed', reason }
    log('mcp.lost', { server: name, reason, deaths: failures })
    restart()
  }
  const announce = ({ capabilities: supported }: LiveServer): void => {
    for (const kind of ['tools', 'prompts', 'resources'] as const) {
      if (supported[kind]) emit({ method: `notifications/${kind}/list_changed` })
    }
  }
  /** Clients of lost sessions, until they are closed. */
  const retired = new Set<Client>()
  const retire = (client: Client): void => {
    if (retired.delete(client)) void client.close().catch(() => {})
  }
  /** Opens a new session in the place of one that the server has lost; its program runs, so there is nothing to wait for. */
  const renew = (client: Client): void => {
    if (live?.client !== client || state.phase === 'closed') return
    live = null
    log('mcp.session', { server: name, reason: 'the server no longer knows the session' })
    // Requests that were sent meanwhile are refused as well, and repeated.
    retired.add(client)
    setTimeout(() => retire(client), RETIRE_AFTER).unref()
    startOnce().then(announce, () => {})
  }
  const restart = (): void => {
    const delay = BACKOFF[failures - 1]
    if (delay === undefined || state.phase === 'closed') return
    const run = sleep(delay, undefined, { signal: closing.signal }).then(async () => {
      state = { ...state, restarts: state.restarts + 1 }
      return await start()
    })
    starting = run
    run.then(
      (upstream) => {
        starting = null
        announce(upstream)
      },
      () => {
        starting = null
        failures += 1
        restart()
      },
    )
  }
  const answerServer = async (request: Request, signal: AbortSignal): Promise<Result> => {
    if (request.method === 'roots/list') {
      return { roots: [{ uri: pathToFileURL(options.cwd).href, name: basename(options.cwd) }] }
    }
    if (answer !== null) return await answer(request, signal)
    if (request.method === 'elicitation/create') return { action: 'decline' }
    throw new CodexPlusError('CP_MCP_ANSWER', `codex-plus does not answer ${request.method}.`)
  }
  const call = async (request: Request, { signal, onprogress }: CallOptions): Promise<Result> => {
    const { client } = await self.ready()
    const wait = waiting.begin()
    const timeout = isList(request) ? Math.min(options.callMs, PAGE_WITHIN) : options.callMs
    const given = {
      timeout,
      signal: signal === undefined ? wait.signal : AbortSignal.any([signal, wait.signal]),
      ...(onprogress && { onprogress }),
    }
    let result: Result
    try {
      result = await client.request(request as never, ResultSchema, given)
    } catch (error) {
      const lost = isLost(error, hasSession(client))
      if (lost === 'session') {
        renew(client)
        throw new SessionLost(error)
      }
      if (lost === 'server' && live?.client === client) await client.close()
      throw error
    } finally {
      wait.end()
    }
    return checkResult(name, request.method, result, warn)
  }
  const fail = (request: Request, error: unknown): never => {
    if (!isUnauthorized(error)) throw concealed(requestError(name, request, error, state.reason))
    state = { ...state, phase: 'login' }
    throw startError(options, error)
  }
  const self: Connection = {
    name,
    state: () => state,
    launch: () => {
      if (state.phase !== 'idle') return
      try {
        options.launch?.()
      } catch {
        // `ready` reports the error.
      }
    },
    async ready(asked) {
      if (state.phase === 'closed') throw new CodexPlusError('CP_MCP_ENDED', `MCP server '${name}' is closed.`)
      if (live !== null) return live
      if (starting !== null) return await starting
      if (failure !== null && performance.now() - failure.at < RETRY_AFTER) throw failure.error
      if (asked !== undefined) capabilities = { roots: {}, ...forwardedCapabilities(asked) }
      return await startOnce()
    },
    async request(request, given = {}) {
      try {
        return await call(request, given)
      } catch (error) {
        // The server did not process the request (streamable HTTP: an unknown session means "initialize again").
        if (error instanceof SessionLost)
          return await call(request, given).catch((again: unknown) => fail(request, again))
        return fail(request, error)
      }
    },
    warn,
    async notify(notification) {
      await live?.client.notification(notification as never)
    },
    onNotification: (listener) => void listeners.push(listener),
    onReady: (listener) => void readyListeners.push(listener),
    onAsked: (given) => {
      answer = given
    },
    async close() {
      state = { ...state, phase: 'closed' }
      closing.abort()
      if (live !== null) await withLimit((current as { terminateSession?(): Promise<void> }).terminateSession?.())
      await current?.close().catch(() => {})
      for (const client of retired) retire(client)
    },
  }
  return self
}

function hasSession({ transport }: Client): boolean {
  // The older SSE transport always has a session, in the address of its endpoint.
  return transport !== undefined && ('sessionId' in transport ? transport.sessionId !== undefined : true)
}

/** Returns the part of codex's capabilities that is passed on to the server. */
function forwardedCapabilities({ sampling, elicitation }: ClientCapabilities): ClientCapabilities {
  return { ...(sampling && { sampling }), ...(elicitation && { elicitation }) }
}

function liveServer(client: Client): LiveServer {
  return {
    client,
    capabilities: client.getServerCapabilities() ?? {},
    serverInfo: client.getServerVersion(),
    instructions: client.getInstructions(),
  }
}

/** Waits for a promise that may never settle, 500 ms at most. */
async function withLimit(promise: Promise<void> | undefined): Promise<void> {
  const settled = new AbortController()
  const late = sleep(500, undefined, { signal: settled.signal }).catch(() => {})
  await Promise.race([promise?.catch(() => {}), late])
  settled.abort()
}
