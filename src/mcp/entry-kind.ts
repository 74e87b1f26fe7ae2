const REMOTE = ['http', 'streamable-http', 'sse']

/**
 * Why an entry of `mcpServers` is plainly no server, as the end of a sentence; null where it looks like one.
 * What codex is told has to be known before it starts, and the whole schema takes too long to load for that.
 */
export function kindProblem(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is no object'
  const { type, command, url } = value as { type?: unknown; command?: unknown; url?: unknown }
  if (type === undefined && command === undefined && url !== undefined) {
    return 'it has a "url" but no "type"; give "type": "http" or "sse"'
  }
  if (type === undefined || type === 'stdio') {
    return typeof command === 'string' && command !== '' ? null : 'it has no "command"'
  }
  if (typeof type !== 'string' || !REMOTE.includes(type)) {
    return `its type ${JSON.stringify(type)} is none of stdio, http, streamable-http, sse`
  }
  return typeof url === 'string' && url !== '' ? null : 'it has no "url"'
}
