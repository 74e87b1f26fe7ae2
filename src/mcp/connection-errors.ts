import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'

/** Whether a request failed because its connection closed. */
export function isClosed(error: unknown): boolean {
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

/** `session` when a remote server no longer knows the session, `server` when it cannot be reached; false otherwise. */
export function isLost(error: unknown): 'session' | 'server' | false {
  if (error instanceof StreamableHTTPError) return error.code === 404 ? 'session' : false
  return error instanceof TypeError && error.message === 'fetch failed' ? 'server' : false
}
