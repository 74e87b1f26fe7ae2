import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { FetchLike, Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Log } from '../log/log.js'
import { helperHeaders } from './headers-helper.js'
import { limitedFetch } from './limit-fetch.js'
import { createLoginProvider } from './oauth/login-provider.js'
import { openLoginStore } from './oauth/login-store.js'
import type { ServerTransport } from './server-entry-schema.js'
import { createStdioTransport, type StdioTransport } from './stdio-transport.js'

/** The working directory and environment servers run in. */
export interface ServerLocation {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly sessionId: string
  readonly log: Log
  /** The fetch for remote servers; node's own if not given. */
  readonly fetch?: FetchLike
}

/**
 * Returns the environment of a server's program: codex-plus's own, with Claude Code's variables (claude-code-2.1
 * section 3).
 */
export function serverEnv({ cwd, env, sessionId }: ServerLocation): NodeJS.ProcessEnv {
  return {
    ...env,
    CLAUDE_PROJECT_DIR: cwd,
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: sessionId,
    CLAUDE_CODE_ENTRYPOINT: 'cli',
  }
}

/** Creates the transport of a stdio server, without starting it. */
export function stdioTransport(
  name: string,
  transport: Extract<ServerTransport, { kind: 'stdio' }>,
  location: ServerLocation,
  conceal: (text: string) => string,
): StdioTransport {
  const { command, args, env } = transport
  return createStdioTransport({
    name,
    command,
    args,
    env: { ...serverEnv(location), ...env },
    cwd: location.cwd,
    log: location.log,
    conceal,
  })
}

export interface RemoteOptions {
  readonly name: string
  readonly location: ServerLocation
  /** Whether its headersHelper may run. */
  readonly trusted: boolean
}

/** Creates the transport of a remote server, after running its headersHelper. Throws CP_MCP_START. */
export async function remoteTransport(
  transport: Extract<ServerTransport, { kind: 'http' | 'sse' }>,
  { name, location, trusted }: RemoteOptions,
): Promise<Transport> {
  const { kind, url, headersHelper } = transport
  const dynamic =
    headersHelper !== null && trusted
      ? await helperHeaders({ name, url: url.href, command: headersHelper, cwd: location.cwd, env: location.env })
      : {}
  const headers = mergeHeaders(transport.headers, dynamic)
  const authProvider = keptLogin(transport, headers, location.env)
  const limited = limitedFetch(name, location.fetch)
  const options = { requestInit: { headers }, ...(authProvider && { authProvider }), fetch: limited }
  // The cast: under exactOptionalPropertyTypes the optional `sessionId` of the SDK's classes differs from the
  // interface's.
  return (
    kind === 'sse' ? new SSEClientTransport(url, options) : new StreamableHTTPClientTransport(url, options)
  ) as Transport
}

/** Returns the provider of an earlier login. Without one the SDK must not start a login: a run opens no browser. */
function keptLogin(
  { url, oauth: settings }: Extract<ServerTransport, { kind: 'http' | 'sse' }>,
  headers: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): OAuthClientProvider | undefined {
  // With an Authorization header in the entry, the user has chosen how to log in.
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) return undefined
  const store = openLoginStore(url, env)
  if (store.read().tokens === undefined) return undefined
  return createLoginProvider({ settings, store, clientSecret: env.MCP_CLIENT_SECRET })
}

/** Merges headers; those of the helper replace the entry's, ignoring case. */
function mergeHeaders(
  fixed: Readonly<Record<string, string>>,
  dynamic: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(Object.keys(dynamic).map((name) => name.toLowerCase()))
  return { ...Object.fromEntries(Object.entries(fixed).filter(([name]) => !names.has(name.toLowerCase()))), ...dynamic }
}
