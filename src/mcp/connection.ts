import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  type ClientCapabilities,
  type Implementation,
  type Notification,
  type Progress,
  type Request,
  type Result,
  ResultSchema,
  type ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError } from '../errors.js'
import { isClosed, isLost, isTimeout, isUnauthorized } from './connection-errors.js'

/** A server that has completed the handshake. */
export interface LiveServer {
  readonly client: Client
  readonly capabilities: ServerCapabilities
  readonly serverInfo: Implementation | undefined
  readonly instructions: string | undefined
}

export interface ConnectionOptions {
  readonly name: string
  readonly cwd: string
  readonly version: string
  readonly startMs: number
  readonly callMs: number
  /** Creates the transport for one start of the server. */
  transport(): Promise<Transport>
  /** Starts the program ahead of the first request, for the transport that `transport` returns next. */
  launch?(): void
  /** Returns why the last transport ended; null when it does not know. */
  endReason?(): string | null
  /** Removes the server's secrets from a text. */
  conceal(text: string): string
  log(event: string, fields: Record<string, unknown>): void
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onprogress?: (progress: Progress) => void
}

/** The connection to one server across restarts: started on first use, and again when the server ends. */
export interface Connection {
  readonly name: string
  state(): ConnectionState
  /** Starts the program of a stdio server in the background; does nothing once the connection was used. */
  launch(): void
  /** Starts the server if needed and waits for the handshake. The first caller's `capabilities` are sent to it. */
  ready(capabilities?: ClientCapabilities): Promise<LiveServer>
  request(request: Request, options?: CallOptions): Promise<Result>
  notify(notification: Notification): Promise<void>
  onNotification(listener: (notification: Notification) => void): void
  /** Calls `listener` after every start of the server. */
  onReady(listener: () => void): void
  /** Sets the function that answers requests of the server: elicitation and sampling. */
  onAsked(answer: (request: Request, signal: AbortSignal) => Promise<Result>): void
  close(): Promise<void>
}

export interface ConnectionState {
  readonly phase: 'idle' | 'starting' | 'ready' | 'failed' | 'login' | 'closed'
  /** How long the last start took, in ms. */
  readonly startedInMs: number | null
  readonly reason: string | null
  readonly restarts: number
}

/** Delay before each consecutive restart, in ms; after the last one the server stays down until the next request. */
const BACKOFF = [250, 1000, 2000, 5000, 10_000]
/** A server that ran longer than this, in ms, starts again with the first delay. */
const STABLE_AFTER = 60_000
/** Minimum time between two attempts to start a server on request, in ms. */
const RETRY_AFTER = 5_000
const PING_TIMEOUT = 5_000

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
      await client.connect(transport, { timeout: options.startMs })
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
      const error = concealed(startError(cause))
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
  const startError = (cause: unknown): CodexPlusError => {
    if (cause instanceof CodexPlusError && cause.code !== 'CP_MCP_ENDED') return cause
    if (isUnauthorized(cause)) {
      return new CodexPlusError('CP_MCP_LOGIN', `MCP server '${name}' requires a login.`, {
        hint: `Run \`codex-plus plus mcp login ${name}\`.`,
        cause,
      })
    }
    const detail = options.endReason?.() ?? (cause instanceof Error ? causeOf(cause) : String(cause))
    const why = isTimeout(cause) ? `no answer within ${options.startMs / 1000} s (MCP_TIMEOUT)` : detail
    return new CodexPlusError('CP_MCP_START', `MCP server '${name}' did not start: ${why}.`, { cause })
  }
  const watch = (client: Client): void => {
    client.onclose = () => lost(client, options.endReason?.() ?? 'it closed the connection')
    client.onerror = (error) => {
      log('mcp.error', { server: name, error: options.conceal(String(error)) })
      // A broken stream may be one of many, or mean that the server is gone, and calls on it would wait forever: ping
      // it.
      if (live?.client === client && /stream disconnected|SSE error/i.test(String(error))) {
        client.ping({ timeout: PING_TIMEOUT }).catch(() => void client.close())
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
  const restart = (): void => {
    const delay = BACKOFF[failures - 1]
    if (delay === undefined || state.phase === 'closed') return
    const run = sleep(delay, undefined, { signal: closing.signal }).then(async () => {
      state = { ...state, restarts: state.restarts + 1 }
      return await start()
    })
    starting = run
    run.then(
      ({ capabilities: supported }) => {
        starting = null
        for (const kind of ['tools', 'prompts', 'resources'] as const) {
          if (supported[kind]) emit({ method: `notifications/${kind}/list_changed` })
        }
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
    async request(request, { signal, onprogress } = {}) {
      const call = async (): Promise<Result> => {
        const { client } = await self.ready()
        const given = { timeout: options.callMs, ...(signal && { signal }), ...(onprogress && { onprogress }) }
        try {
          return await client.request(request as never, ResultSchema, given)
        } catch (error) {
          if (isLost(error) && live?.client === client) await client.close()
          throw error
        }
      }
      try {
        return await call()
      } catch (error) {
        if (isUnauthorized(error)) {
          state = { ...state, phase: 'login' }
          throw startError(error)
        }
        // The session is gone, so the server did not process the request (streamable HTTP: 404 means "initialize
        // again").
        if (isLost(error) === 'session') return await call()
        if (isClosed(error) || isLost(error)) {
          const reason = state.reason ?? 'it closed the connection'
          throw new CodexPlusError('CP_MCP_ENDED', `MCP server '${name}' ended before it answered (${reason}).`, {
            cause: error,
          })
        }
        throw concealed(error)
      }
    },
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
    },
  }
  return self
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

/** Adds the cause to an error message: `fetch failed` alone does not name the reason. */
function causeOf(error: Error): string {
  const { cause } = error
  const inner = cause instanceof Error ? (cause as NodeJS.ErrnoException).code || cause.message : ''
  return inner === '' ? error.message : `${error.message} (${inner})`
}

/** Waits for a promise that may never settle, 500 ms at most. */
async function withLimit(promise: Promise<void> | undefined): Promise<void> {
  const settled = new AbortController()
  const late = sleep(500, undefined, { signal: settled.signal }).catch(() => {})
  await Promise.race([promise?.catch(() => {}), late])
  settled.abort()
}
