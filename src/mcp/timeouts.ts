/** Time limits of starting a server and of one call, in ms, and the maximum size of a call's output, in tokens. */
export interface McpTimeouts {
  readonly startMs: number
  readonly callMs: number
  readonly outputTokens: number
}

/** The longest delay of a timer in node, in ms. */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Reads MCP_TIMEOUT, MCP_TOOL_TIMEOUT and MAX_MCP_OUTPUT_TOKENS with Claude Code's defaults (claude-code-2.1 section
 * 3).
 */
export function readTimeouts(env: NodeJS.ProcessEnv): McpTimeouts {
  return {
    startMs: positive(env.MCP_TIMEOUT, 30_000),
    callMs: positive(env.MCP_TOOL_TIMEOUT, 100_000_000),
    outputTokens: positive(env.MAX_MCP_OUTPUT_TOKENS, 25_000),
  }
}

function positive(value: string | undefined, fallback: number): number {
  const number = Number(value)
  return value !== undefined && Number.isFinite(number) && number > 0 ? Math.min(number, MAX_TIMER) : fallback
}

/**
 * Returns the time limit of one call that an entry sets, in ms; null where it sets none. Claude Code ignores one below 1000 ms;
 * a longer one than a timer can wait is that of the timer.
 */
export function entryTimeout(timeout: unknown): number | null {
  return typeof timeout === 'number' && timeout >= 1000 ? Math.min(Math.ceil(timeout), MAX_TIMER) : null
}
