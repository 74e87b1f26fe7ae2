import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ErrorCode, McpError, type Request } from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError } from '../errors.js'
import { strayCause } from './stray-answers.js'

/** Whether a request failed because its connection closed. */
function isClosed(error: unknown): boolean {
  return error instanceof McpError && error.code === ErrorCode.ConnectionClosed
}

/** Whether a remote server requires a login, or a new one. */
export function isUnauthorized(error: unknown): boolean {
  if (error instanceof UnauthorizedError) return true
  return (error instanceof StreamableHTTPError || error instanceof SseError) && error.code === 401
}

/** Whether a server did not answer a request in time. */
export function isTimeout(error: unknown): boolean {
  return error instanceof McpError && error.code === ErrorCode.RequestTimeout
}

/**
 * `session` when a remote server no longer knows the session, `server` when it cannot be reached; false otherwise. The protocol
 * asks for 404 where the session is unknown; servers made after the SDK's examples answer 400 and say so, and the older SSE
 * transport has the status in its message alone.
 */
export function isLost(error: unknown, hasSession: boolean): 'session' | 'server' | false {
  if (error instanceof TypeError && error.message === 'fetch failed') return 'server'
  if (!hasSession || !(error instanceof Error)) return false
  const [, inMessage] = /^Error POSTing to endpoint \(HTTP (\d+)\)/.exec(error.message) ?? []
  const status = error instanceof StreamableHTTPError ? error.code : Number(inMessage)
  return status === 404 || (status === 400 && /session/i.test(error.message)) ? 'session' : false
}

/** What is wrong with an answer that the SDK could not read, in one sentence; null for other errors. */
function describeInvalid(error: unknown): string | null {
  if (error instanceof SyntaxError) return 'its answer is not JSON'
  const { issues } = error as { issues?: unknown }
  if (!(error instanceof Error) || !Array.isArray(issues)) return null
  const [issue] = issues as ReadonlyArray<{ path?: readonly PropertyKey[]; message?: string }>
  const path = (issue?.path ?? []).map(String).join('.')
  return `its answer is not as the protocol asks${path === '' ? '' : ` (${path}: ${issue?.message ?? 'invalid'})`}`
}

/** The error of a request that the server did not process, as it no longer knows the session. */
export class SessionLost extends Error {
  constructor(cause: unknown) {
    super('the server no longer knows the session', { cause })
  }
}

/** Whether a request asks for a list. */
export function isList({ method }: Request): boolean {
  return method.endsWith('/list')
}

interface Started {
  readonly name: string
  readonly startMs: number
  endReason?(): string | null
}

/** Returns the error of a server that did not start: CP_MCP_START, or CP_MCP_LOGIN. */
export function startError({ name, startMs, endReason }: Started, cause: unknown): CodexPlusError {
  if (cause instanceof CodexPlusError && cause.code !== 'CP_MCP_ENDED') return cause
  if (isUnauthorized(cause)) {
    return new CodexPlusError('CP_MCP_LOGIN', `MCP server '${name}' requires a login.`, {
      hint: `Run \`codex-plus plus mcp login ${name}\`.`,
      cause,
    })
  }
  const stray = strayCause(cause)?.message.replace(`MCP server '${name}'`, 'it').replace(/\.$/, '')
  const ended = stray ?? describeInvalid(cause) ?? endReason?.()
  const detail = ended ?? (cause instanceof Error ? causeOf(cause) : String(cause))
  const why = isTimeout(cause) ? `no answer within ${startMs / 1000} s (MCP_TIMEOUT)` : detail
  return new CodexPlusError('CP_MCP_START', `MCP server '${name}' did not start: ${why}.`, { cause })
}

/** Returns the error of a request to a server that runs; `reason` is why its connection ended last, if it is known. */
export function requestError(server: string, request: Request, error: unknown, reason: string | null): unknown {
  const lost = error instanceof SessionLost
  if (lost || isClosed(error) || isLost(error, false)) {
    const why = lost ? 'it does not keep its sessions' : (reason ?? 'it closed the connection')
    return new CodexPlusError('CP_MCP_ENDED', `MCP server '${server}' ended before it answered (${why}).`, {
      cause: error,
    })
  }
  const late = isList(request) && isTimeout(error) ? 'it did not answer in time' : null
  const wrong = late ?? describeInvalid(error)
  if (wrong === null) return strayCause(error) ?? error
  return new CodexPlusError('CP_MCP_ANSWER', `MCP server '${server}' failed at ${request.method}: ${wrong}.`, {
    cause: error,
  })
}

/** Adds the cause to an error message: `fetch failed` alone does not name the reason. */
function causeOf(error: Error): string {
  const { cause } = error
  const inner = cause instanceof Error ? (cause as NodeJS.ErrnoException).code || cause.message : ''
  return inner === '' ? error.message : `${error.message} (${inner})`
}
