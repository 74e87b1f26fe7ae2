const REMOTE = ['http', 'streamable-http', 'sse']

/**
 * Returns why an entry of `mcpServers` is clearly not a server, as the end of a sentence; null when it looks like one.
 * A quick check, because codex's arguments depend on it before it starts and the full schema takes too long to load.
 */
export function kindProblem(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object'
  const { type, command, url } = value as { type?: unknown; command?: unknown; url?: unknown }
  if (type === undefined && command === undefined && url !== undefined) {
    return 'it has a "url" but no "type"; give "type": "http" or "sse"'
  }
  if (type === undefined || type === 'stdio') {
    return typeof command === 'string' && command !== '' ? null : 'it has no "command"'
  }
  if (typeof type !== 'string' || !REMOTE.includes(type)) {
    return `its type ${JSON.stringify(type)} is not one of stdio, http, streamable-http, sse`
  }
  return typeof url === 'string' && url !== '' ? null : 'it has no "url"'
}
