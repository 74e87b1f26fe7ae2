import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { FetchLike, Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Log } from '../log/log.js'
import type { ServerTransport } from './entry-schema.js'
import { helperHeaders } from './headers-helper.js'
import { createLoginProvider } from './oauth/login-provider.js'
import { openLoginStore } from './oauth/login-store.js'
import { createStdioTransport, type StdioTransport } from './stdio-transport.js'

/** Where servers run and what they see. */
export interface ServerLocation {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly sessionId: string
  readonly log: Log
  /** How remote servers are reached; node's own way where it is not given. */
  readonly fetch?: FetchLike
}

/** What a server's program is started with (claude-code-2.1 section 3): our environment, and who started it. */
export function serverEnv({ cwd, env, sessionId }: ServerLocation): NodeJS.ProcessEnv {
  return {
    ...env,
    CLAUDE_PROJECT_DIR: cwd,
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: sessionId,
    CLAUDE_CODE_ENTRYPOINT: 'cli',
  }
}

/** Makes the transport of a stdio server, not started yet. */
export function stdioTransport(
  name: string,
  transport: Extract<ServerTransport, { kind: 'stdio' }>,
  place: ServerLocation,
): StdioTransport {
  const { command, args, env } = transport
  return createStdioTransport({
    name,
    command,
    args,
    env: { ...serverEnv(place), ...env },
    cwd: place.cwd,
    log: place.log,
  })
}

export interface RemoteOptions {
  readonly name: string
  readonly place: ServerLocation
  /** Whether its headersHelper may run. */
  readonly trusted: boolean
}

/** Makes the transport of a remote server; its headersHelper is asked first. Throws CP_MCP_START. */
export async function remoteTransport(
  transport: Extract<ServerTransport, { kind: 'http' | 'sse' }>,
  { name, place, trusted }: RemoteOptions,
): Promise<Transport> {
  const { kind, url, headersHelper } = transport
  const dynamic =
    headersHelper !== null && trusted
      ? await helperHeaders({ name, url: url.href, command: headersHelper, cwd: place.cwd, env: place.env })
      : {}
  const headers = mergeHeaders(transport.headers, dynamic)
  const authProvider = keptLogin(transport, headers, place.env)
  const { fetch } = place
  const options = { requestInit: { headers }, ...(authProvider && { authProvider }), ...(fetch && { fetch }) }
  // The SDK's classes declare an optional `sessionId` that exactOptionalPropertyTypes tells apart from the interface's.
  return (
    kind === 'sse' ? new SSEClientTransport(url, options) : new StreamableHTTPClientTransport(url, options)
  ) as Transport
}

/** A login that was done before. Without one the SDK is not to begin one: a run has no browser page of its own. */
function keptLogin(
  { url, oauth: settings }: Extract<ServerTransport, { kind: 'http' | 'sse' }>,
  headers: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): OAuthClientProvider | undefined {
  // An Authorization of the entry's own is the user's choice of how to log in.
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) return undefined
  const store = openLoginStore(url, env)
  if (store.read().tokens === undefined) return undefined
  return createLoginProvider({ settings, store, clientSecret: env.MCP_CLIENT_SECRET })
}

/** The helper's headers win, whatever the case they are written in. */
function mergeHeaders(
  fixed: Readonly<Record<string, string>>,
  dynamic: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(Object.keys(dynamic).map((name) => name.toLowerCase()))
  return { ...Object.fromEntries(Object.entries(fixed).filter(([name]) => !names.has(name.toLowerCase()))), ...dynamic }
}
