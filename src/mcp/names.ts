/** A name as it stands in `mcp__server__tool`: every character outside `[A-Za-z0-9_-]` is `_` (claude-code-2.1 section 3). */
export function normalName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_')
}
