import { type FindOptions, findServers } from './choose-servers.js'

/** The MCP server of a tool, as Claude Code names it to hooks (oracle h109). */
export interface ToolServer {
  readonly name: string
  /** Where the server is configured; `user` for one of codex's own configuration. */
  readonly source: 'local' | 'project' | 'user'
}

/** Returns the server of a tool by the tool's name (`mcp__server__tool`); null if it is no tool of a server. */
export function serverOfTool(tool: string, options: FindOptions): ToolServer | null {
  const id = /^mcp__(.+?)__./.exec(tool)?.[1]
  if (id === undefined) return null
  const ofTool = findServers(options)
    .servers.filter((server) => tool.startsWith(`mcp__${server.id}__`))
    .sort((a, b) => b.id.length - a.id.length)
  const [server] = ofTool
  return server ? { name: server.name, source: server.scope } : { name: id, source: 'user' }
}
