/** A result as one text: its texts, and a word for what is no text. */
export function contentText(content: unknown): string {
  const parts = Array.isArray(content) ? (content as Array<Record<string, unknown>>) : []
  return parts
    .map(({ type, text, mimeType, uri }) =>
      type === 'text' ? String(text) : `[${[type, mimeType, uri].filter(Boolean).map(String).join(' ')}]`,
    )
    .join('\n')
}

/** A tool's result as the model sees it: where it is structured, its JSON alone, in Claude Code as in codex. */
export function resultText(result: Readonly<Record<string, unknown>>): string {
  const { content, structuredContent } = result
  return structuredContent === undefined ? contentText(content) : JSON.stringify(structuredContent)
}
