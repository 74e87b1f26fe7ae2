/**
 * Returns a name in the form used in `mcp__server__tool`: every character outside `[A-Za-z0-9_-]` becomes `_`
 * (claude-code-2.1 section 3).
 */
export function normalName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_')
}

/** Returns the command name of a server's prompt. The prompt keeps its own name, spaces included, as in Claude Code. */
export function promptCommand(server: string, prompt: string): string {
  return `mcp__${normalName(server)}__${prompt}`
}
