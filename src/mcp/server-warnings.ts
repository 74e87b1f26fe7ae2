/** The most warnings about one server on the screen, and in the log: a list may have thousands of wrong entries. */
const MAX_SHOWN = 20
const MAX_LOGGED = 1000

export interface WarningOptions {
  readonly name: string
  /** Removes the server's secrets from a text. */
  conceal(text: string): string
  log(event: string, fields: Record<string, unknown>): void
  warn?(line: string): void
}

/** Returns a function that tells the user and the log what a server does wrong, each thing once. */
export function createWarnings({ name, conceal, log, warn }: WarningOptions): (line: string) => void {
  const known = new Set<string>()
  return (line) => {
    if (known.has(line) || known.size >= MAX_LOGGED) return
    known.add(line)
    const shown = conceal(line)
    log('mcp.wrong', { server: name, what: shown })
    if (known.size <= MAX_SHOWN) warn?.(shown)
    else if (known.size === MAX_SHOWN + 1)
      warn?.(`MCP server '${name}' does more wrong; --plus-log FILE has all of it.`)
  }
}
