import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Log } from '../log/log.js'
import { fetchOver } from '../mcp/node-fetch.js'
import { createTlsConnections } from '../upstream/tls-connections.js'

/** Variables that set a proxy or certificates for remote servers. */
const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

/**
 * Returns the fetch for remote MCP servers, which uses the proxy and the certificates of the environment as model requests do;
 * empty if the environment sets neither.
 */
export function remoteFetch(env: NodeJS.ProcessEnv, log: Log): { fetch: FetchLike } | object {
  if (!VARIABLES.some((name) => env[name] || env[name.toLowerCase()])) return {}
  const connections = createTlsConnections(env, log)
  return { fetch: fetchOver((url) => connections.to(url)) }
}
