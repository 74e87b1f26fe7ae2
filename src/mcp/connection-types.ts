import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  ClientCapabilities,
  Implementation,
  Notification,
  Progress,
  Request,
  Result,
  ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'

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
  /** Tells the user what the server does wrong. */
  warn?(line: string): void
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
  /**
   * Sends a request and returns its result, checked (check-result.ts). A remote server that has lost the session gets a new one,
   * once, and the request again.
   */
  request(request: Request, options?: CallOptions): Promise<Result>
  /** Tells the user, once, what the server does wrong. */
  warn(line: string): void
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
