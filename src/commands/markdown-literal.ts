/** `text` as a Markdown block that codex's TUI shows as it is: rows, columns, and every `*`, `#` and `_` of an output. */
export function markdownLiteral(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`
}
