/** An error of codex-plus that users may see. `code` is stable; `hint` says what to do. */
export class CodexPlusError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CodexPlusError'
    this.code = code
    this.hint = options.hint
  }
}

/** The stable error codes, one per kind of error. */
export type ErrorCode =
  | 'CP_USAGE'
  | 'CP_FOLDER'
  | 'CP_CODEX_NOT_FOUND'
  | 'CP_CODEX_SPAWN'
  | 'CP_CONFIG_INVALID'
  | 'CP_SETTINGS_INVALID'
  | 'CP_PROXY_LISTEN'
  | 'CP_BODY_TOO_LARGE'
  | 'CP_BODY_ENCODING'
  | 'CP_BODY_INVALID'
  | 'CP_UPSTREAM_REQUEST'
  | 'CP_UPSTREAM_CONNECT'
  | 'CP_UPSTREAM_TLS'
  | 'CP_UPSTREAM_RESET'
  | 'CP_UPSTREAM_RESPONSE'
  | 'CP_UPSTREAM_TRUNCATED'
  | 'CP_UPSTREAM_TIMEOUT'
  | 'CP_UPSTREAM_ABORTED'
  | 'CP_UPSTREAM_HELPER'
  | 'CP_UPSTREAM_PROXY'
  | 'CP_COMMAND_NOT_FOUND'
  | 'CP_COMMAND_UNREADABLE'
  | 'CP_SESSION_NOT_FOUND'
  | 'CP_SESSION_EXPORT'
  | 'CP_COMMAND_TOO_LARGE'
  | 'CP_COMMAND_ARGUMENTS'
  | 'CP_MCP_START'
  | 'CP_MCP_ENDED'
  | 'CP_MCP_TIMEOUT'
  | 'CP_MCP_LOGIN'
  | 'CP_MCP_UNKNOWN'
  | 'CP_MCP_ANSWER'
  | 'CP_TRACE_NOT_FOUND'
  | 'CP_PTY_LOAD'

/** Formats an error for display: message, hint (if any) and code. All displayed errors go through this function. */
export function formatError(error: unknown): string {
  if (error instanceof CodexPlusError) {
    const hint = error.hint ? ` ${error.hint}` : ''
    return `${error.message}${hint} [${error.code}]`
  }
  return error instanceof Error ? error.message : String(error)
}
