/**
 * Returns a result's content as one text; a part that is not text becomes a placeholder such as `[image image/png]`.
 */
export function contentText(content: unknown): string {
  const parts = Array.isArray(content) ? (content as Array<Record<string, unknown>>) : []
  return parts
    .map(({ type, text, mimeType, uri }) =>
      type === 'text' ? String(text) : `[${[type, mimeType, uri].filter(Boolean).map(String).join(' ')}]`,
    )
    .join('\n')
}

/** Returns a tool's result as the model gets it: structured content as JSON only, as Claude Code and codex do. */
export function resultText(result: Readonly<Record<string, unknown>>): string {
  const { content, structuredContent } = result
  return structuredContent === undefined ? contentText(content) : JSON.stringify(structuredContent)
}
