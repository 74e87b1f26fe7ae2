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

/** A server that has answered the handshake. */
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
  /** Makes a transport for one life of the server. */
  transport(): Promise<Transport>
  /** Starts what can be started before anybody asks; the transport that `transport` gives next. */
  launch?(): void
  /** Why the last transport ended, where it knows. */
  lastWords?(): string | null
  /** Takes the server's secrets out of what others said. */
  conceal(text: string): string
  log(event: string, fields: Record<string, unknown>): void
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onprogress?: (progress: Progress) => void
}

/** One server over all its lives: started when it is needed, and again when it dies. */
export interface Connection {
  readonly name: string
  state(): ConnectionState
  /** Begins to start it, if it may be. */
  launch(): void
  /** Waits until it answers. `capabilities` are those of the one who asks first. */
  ready(capabilities?: ClientCapabilities): Promise<LiveServer>
  request(request: Request, options?: CallOptions): Promise<Result>
  notify(notification: Notification): Promise<void>
  onNotification(listener: (notification: Notification) => void): void
  /** Told whenever the server has come up, the first time and again. */
  onReady(listener: () => void): void
  /** Who answers what the server asks: an elicitation, a sampling. */
  onAsked(answer: (request: Request, signal: AbortSignal) => Promise<Result>): void
  close(): Promise<void>
}

export interface ConnectionState {
  readonly phase: 'idle' | 'starting' | 'ready' | 'failed' | 'login' | 'closed'
  /** What the last start took, in ms. */
  readonly startedInMs: number | null
  readonly reason: string | null
  readonly restarts: number
}

/** Before each of the restarts that follow one another, in ms; after the last it stays down until it is asked for again. */
const BACKOFF = [250, 1000, 2000, 5000, 10_000]
/** A server that has lived so long has done nothing wrong. */
const SETTLED = 60_000
/** How soon a server that could not be started is tried again when it is asked for, in ms. */
const RETRY_AFTER = 5_000
const PING_TIMEOUT = 5_000

/** Makes the connection to a server; nothing is started yet. */
export function createConnection(options: ConnectionOptions): Connection {
  const { name, log } = options
  const listeners: Array<(notification: Notification) => void> = []
  const greeters: Array<() => void> = []
  let answer: ((request: Request, signal: AbortSignal) => Promise<Result>) | null = null
  let live: LiveServer | null = null
  let starting: Promise<LiveServer> | null = null
  let capabilities: ClientCapabilities = { roots: {}, elicitation: {} }
  let state: ConnectionState = { phase: 'idle', startedInMs: null, reason: null, restarts: 0 }
  let failure: { readonly error: unknown; readonly at: number } | null = null
  let since = 0
  let deaths = 0
  let current: Transport | undefined
  const closing = new AbortController()

  const tell = (notification: Notification): void => {
    for (const listener of listeners) listener(notification)
  }
  const begin = (): Promise<LiveServer> => {
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
      client.fallbackNotificationHandler = async (notification) => tell(notification)
      client.fallbackRequestHandler = async (request, { signal }) => await answerServer(request, signal)
      await client.connect(transport, { timeout: options.startMs })
      const upstream = factsOf(client)
      watch(client)
      live = upstream
      since = performance.now()
      failure = null
      state = { ...state, phase: 'ready', startedInMs: Math.round(since - begun) }
      log('mcp.ready', { server: name, ms: state.startedInMs })
      for (const greet of greeters) greet()
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
      return new CodexPlusError('CP_MCP_LOGIN', `MCP server '${name}' wants you to log in.`, {
        hint: `Run \`codex-plus plus mcp login ${name}\`.`,
        cause,
      })
    }
    const words = options.lastWords?.() ?? (cause instanceof Error ? causeOf(cause) : String(cause))
    const why = isTimeout(cause) ? `no answer within ${options.startMs / 1000} s (MCP_TIMEOUT)` : words
    return new CodexPlusError('CP_MCP_START', `MCP server '${name}' did not start: ${why}.`, { cause })
  }
  const watch = (client: Client): void => {
    client.onclose = () => lost(client, options.lastWords?.() ?? 'it closed the connection')
    client.onerror = (error) => {
      log('mcp.error', { server: name, error: options.conceal(String(error)) })
      // A stream that broke may be one of many, or the sign that the server is gone: calls on it would wait for ever.
      if (live?.client === client && /stream disconnected|SSE error/i.test(String(error))) {
        client.ping({ timeout: PING_TIMEOUT }).catch(() => void client.close())
      }
    }
  }
  const lost = (client: Client, reason: string): void => {
    if (live?.client !== client) return
    live = null
    if (state.phase === 'closed') return
    deaths = performance.now() - since > SETTLED ? 1 : deaths + 1
    state = { ...state, phase: 'failed', reason }
    log('mcp.lost', { server: name, reason, deaths })
    revive()
  }
  const revive = (): void => {
    const delay = BACKOFF[deaths - 1]
    if (delay === undefined || state.phase === 'closed') return
    const run = sleep(delay, undefined, { signal: closing.signal }).then(async () => {
      state = { ...state, restarts: state.restarts + 1 }
      return await start()
    })
    starting = run
    run.then(
      ({ capabilities: can }) => {
        starting = null
        for (const kind of ['tools', 'prompts', 'resources'] as const) {
          if (can[kind]) tell({ method: `notifications/${kind}/list_changed` })
        }
      },
      () => {
        starting = null
        deaths += 1
        revive()
      },
    )
  }
  const answerServer = async (request: Request, signal: AbortSignal): Promise<Result> => {
    if (request.method === 'roots/list') {
      return { roots: [{ uri: pathToFileURL(options.cwd).href, name: basename(options.cwd) }] }
    }
    if (answer !== null) return await answer(request, signal)
    if (request.method === 'elicitation/create') return { action: 'decline' }
    throw new CodexPlusError('CP_MCP_ANSWER', `nobody answers ${request.method} here.`)
  }
  const self: Connection = {
    name,
    state: () => state,
    launch: () => {
      if (state.phase !== 'idle') return
      try {
        options.launch?.()
      } catch {
        // Said when it is asked for.
      }
    },
    async ready(asked) {
      if (state.phase === 'closed') throw new CodexPlusError('CP_MCP_ENDED', `MCP server '${name}' is closed.`)
      if (live !== null) return live
      if (starting !== null) return await starting
      if (failure !== null && performance.now() - failure.at < RETRY_AFTER) throw failure.error
      if (asked !== undefined) capabilities = { roots: {}, ...pick(asked) }
      return await begin()
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
        // The session is gone, so the server has not begun with it (streamable HTTP: 404 means "initialize again").
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
    onReady: (listener) => void greeters.push(listener),
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

/** What of codex's own abilities is passed on to the server. */
function pick({ sampling, elicitation }: ClientCapabilities): ClientCapabilities {
  return { ...(sampling && { sampling }), ...(elicitation && { elicitation }) }
}

function factsOf(client: Client): LiveServer {
  return {
    client,
    capabilities: client.getServerCapabilities() ?? {},
    serverInfo: client.getServerVersion(),
    instructions: client.getInstructions(),
  }
}

/** `fetch failed` says nothing; its cause does. */
function causeOf(error: Error): string {
  const { cause } = error
  const inner = cause instanceof Error ? (cause as NodeJS.ErrnoException).code || cause.message : ''
  return inner === '' ? error.message : `${error.message} (${inner})`
}

/** Waits for something that may never come, 500 ms at most. */
async function withLimit(promise: Promise<void> | undefined): Promise<void> {
  const enough = new AbortController()
  const late = sleep(500, undefined, { signal: enough.signal }).catch(() => {})
  await Promise.race([promise?.catch(() => {}), late])
  enough.abort()
}
