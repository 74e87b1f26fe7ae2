import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Log } from '../log/log.js'
import { fetchOver } from '../mcp/node-fetch.js'
import { createTlsConnections } from '../upstream/tls-connections.js'

/** What decides how servers elsewhere are reached. */
const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE']

/** How remote MCP servers are reached: over the proxy and with the certificates the environment names, as the model's is. */
export function remoteFetch(env: NodeJS.ProcessEnv, log: Log): { fetch: FetchLike } | object {
  if (!VARIABLES.some((name) => env[name] || env[name.toLowerCase()])) return {}
  const connections = createTlsConnections(env, log)
  return { fetch: fetchOver((url) => connections.to(url)) }
}
