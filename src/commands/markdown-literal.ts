/**
 * Returns `text` as a fenced Markdown block, so that codex's TUI shows lines, columns and every `*`, `#` and `_` as is.
 */
export function markdownLiteral(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`
}
