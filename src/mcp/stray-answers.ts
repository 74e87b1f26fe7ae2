import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ErrorCode, type JSONRPCMessage, McpError } from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError } from '../errors.js'

/** How long the right answer may still come after one with a wrong id, in ms. */
const GRACE = 2_000

/** The requests to a server that wait for their answers. */
export interface WaitingRequests {
  /** Returns the signal of a request that begins to wait, and a function that ends it. */
  begin(): { readonly signal: AbortSignal; end(): void }
  /** Watches a transport for answers that belong to no request. */
  watch(transport: Transport): void
}

/**
 * Creates the requests of a connection. A server that answers with the wrong id leaves its request waiting without end: if it
 * sent as many such answers as there are requests, and the right ones do not follow, these requests fail with CP_MCP_ANSWER as
 * the cause of an McpError (`strayCause`).
 */
export function createWaitingRequests(server: string, warn: (line: string) => void, grace = GRACE): WaitingRequests {
  const waiting = new Set<AbortController>()
  let strays = 0
  let warned = false
  const stray = (id: string): void => {
    if (!warned)
      warn(`MCP server '${server}' sent an answer with the id ${id}, which belongs to no request; it is ignored.`)
    warned = true
    strays += 1
    const before = [...waiting]
    setTimeout(() => {
      const left = before.filter((controller) => waiting.has(controller))
      if (left.length === 0 || left.length > strays) return
      const error = new McpError(ErrorCode.InternalError, 'answered with another id')
      const what = `sent an answer with the id ${id}, which belongs to no request, instead of the answer`
      error.cause = new CodexPlusError('CP_MCP_ANSWER', `MCP server '${server}' ${what}.`)
      for (const controller of left) controller.abort(error)
    }, grace).unref()
  }
  return {
    begin() {
      const controller = new AbortController()
      if (waiting.size === 0) strays = 0
      waiting.add(controller)
      return { signal: controller.signal, end: () => waiting.delete(controller) }
    },
    watch(transport) {
      const open = new Set<string>()
      const given = new Set<string>()
      const send = transport.send.bind(transport)
      transport.send = async (message, options) => {
        const { id, cancelled } = sent(message)
        if (id !== null) open.add(id)
        if (cancelled !== null && open.delete(cancelled)) given.add(cancelled)
        await send(message, options)
      }
      const before = transport.onmessage
      transport.onmessage = (message, extra) => {
        before?.(message, extra)
        if ('method' in message) return
        // An error without an id is how some servers answer notifications.
        if (message.id === undefined) return
        const id = String(message.id)
        // A late answer to a request that was given up is none of these.
        if (!open.delete(id) && !given.delete(id)) stray(JSON.stringify(message.id))
      }
    },
  }
}

/** Returns the error in the cause of an McpError of a request that was answered with a wrong id; null for other errors. */
export function strayCause(error: unknown): CodexPlusError | null {
  return error instanceof McpError && error.cause instanceof CodexPlusError ? error.cause : null
}

function sent(message: JSONRPCMessage): { id: string | null; cancelled: string | null } {
  if (!('method' in message)) return { id: null, cancelled: null }
  if ('id' in message) return { id: String(message.id), cancelled: null }
  const cancelled = message.method === 'notifications/cancelled' ? message.params?.requestId : undefined
  return { id: null, cancelled: cancelled === undefined ? null : String(cancelled) }
}
