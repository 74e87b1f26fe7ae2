import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'
import { readLimited } from '../stream/read-limited.js'
import type { Upstream } from './upstream.js'

/** The servers codex itself would send its requests to (codex-0.169 section 1.1). */
export const CHATGPT_BASE = new URL('https://chatgpt.com/backend-api/codex')
export const API_BASE = new URL('https://api.openai.com/v1')
/** The value for a workspace without a data-residency rule. */
const NO_CONSTRAINT = 'NO_CONSTRAINT'
const ROUTING_HEADER = 'x-openai-account-routing-override'

/** A request's path below the proxy's address, and its headers. */
export interface RoutedRequest {
  readonly path: string
  readonly headers: HeaderList
  readonly signal: AbortSignal
}

/** Finds the server for each request of a run. */
export interface Router {
  resolve(request: RoutedRequest): Promise<{ url: URL; headers: HeaderList }>
}

/** The routing rule of one account's workspace. */
interface WorkspaceRoute {
  readonly origin: string | null
  readonly override: string | null
}

/**
 * Creates the router of a run. With a base URL from the user all requests go there; else a request with an account id goes
 * to ChatGPT's server, by the rule of the account's workspace (section 1.2), and any other to the API's.
 */
export function createRouter(options: { base: URL | null; upstream: Upstream; log: Log }): Router {
  const routes = createWorkspaceRoutes(options.upstream, options.log)
  return {
    async resolve(request) {
      const account = headerValue(request.headers, 'chatgpt-account-id')
      const base = options.base ?? (account === null ? API_BASE : CHATGPT_BASE)
      const { headers } = request
      if (account === null || !isChatgptBase(base)) return { url: joinPath(base, request.path), headers }
      const route = await routes(account, request)
      const target = route.origin === null ? base : new URL(base.pathname, route.origin)
      const extra = route.override === null ? [] : ([[ROUTING_HEADER, route.override]] as const)
      return { url: joinPath(target, request.path), headers: [...headers, ...extra] }
    },
  }
}

/**
 * Appends a request's path and query to the base, byte for byte; throws CP_UPSTREAM_REQUEST for a path that leads outside
 * the base's.
 */
export function joinPath(base: URL, path: string): URL {
  const folder = base.pathname.replace(/\/$/, '')
  const url = new URL(base.href)
  const [name = '', ...query] = path.split('?')
  // The path setter of URL resolves dot segments, also encoded ones: a path outside the base is an attempt to leave it.
  url.pathname = folder + name
  url.search = query.length ? `?${query.join('?')}` : base.search
  if (folder !== '' && url.pathname !== folder && !url.pathname.startsWith(`${folder}/`)) {
    throw new CodexPlusError(
      'CP_UPSTREAM_REQUEST',
      `The path ${name} leads outside the upstream's base path ${folder}.`,
    )
  }
  return url
}

function isChatgptBase(base: URL): boolean {
  return base.origin === CHATGPT_BASE.origin && base.pathname.replace(/\/$/, '') === CHATGPT_BASE.pathname
}

/** Looks up each account's routing rule once; requests that come meanwhile wait for it. */
function createWorkspaceRoutes(
  upstream: Upstream,
  log: Log,
): (account: string, request: RoutedRequest) => Promise<WorkspaceRoute> {
  const known = new Map<string, Promise<WorkspaceRoute>>()
  return async (account, request) => {
    const pending = known.get(account) ?? discover(upstream, account, request)
    known.set(account, pending)
    try {
      return await pending
    } catch (error) {
      // codex also fails the turn and retries: data of a workspace with a rule must not go to another server.
      known.delete(account)
      log.warn('upstream.routing', { error: String(error) })
      throw error
    }
  }
}

/** Sends GET wham/accounts/check with the request's own credentials (workspace_routing.rs). */
async function discover(upstream: Upstream, account: string, { headers }: RoutedRequest): Promise<WorkspaceRoute> {
  const wanted = new Set(['authorization', 'chatgpt-account-id', 'user-agent', 'originator', 'version'])
  const response = await upstream.send({
    method: 'GET',
    url: new URL('/backend-api/wham/accounts/check', CHATGPT_BASE),
    headers: [...headers.filter(([name]) => wanted.has(name.toLowerCase())), ['accept', '*/*']],
    body: null,
    // The lookup is shared by all waiting requests, so none of them may cancel it.
    signal: AbortSignal.timeout(DISCOVERY_TIMEOUT),
  })
  const body = await readLimited(response.body as AsyncIterable<Buffer>, ANSWER_LIMIT)
  // A refused login shows in the response to the request itself, which codex can handle.
  if (response.status === 401 || response.status === 403) return { origin: null, override: null }
  if (response.status !== 200) throw discoveryError(`the server answered ${response.status}`)
  if (body === null) throw discoveryError(`the answer has more than ${ANSWER_LIMIT} bytes`)
  return readRoute(body.toString('utf8'), account)
}

const ANSWER_LIMIT = 1024 * 1024
const DISCOVERY_TIMEOUT = 20_000

/** Reads the account's rule; throws CP_UPSTREAM_CONNECT for an invalid answer. */
export function readRoute(text: string, account: string): WorkspaceRoute {
  let accounts: unknown
  try {
    accounts = (JSON.parse(text) as { accounts?: unknown }).accounts
  } catch (cause) {
    throw discoveryError('the answer is not JSON', cause)
  }
  const rows = Array.isArray(accounts) ? (accounts as Array<Record<string, unknown> | null>) : []
  const row = rows.find((candidate) => candidate?.id === account)
  const origin = constraint(row?.workspace_backend_origin)
  const override = constraint(row?.account_routing_override)
  if (origin !== null && !isOpenAiOrigin(origin))
    throw discoveryError(`its origin ${JSON.stringify(origin)} is not OpenAI's`)
  if (override !== null && !/^[\w.-]{1,64}$/.test(override)) throw discoveryError('its routing override is malformed')
  return { origin, override }
}

function constraint(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== NO_CONSTRAINT ? value : null
}

/** The login is sent only to OpenAI's hosts, whatever the answer says. */
function isOpenAiOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const isOpenAiHost = ['openai.com', 'chatgpt.com'].some(
    (host) => url.hostname === host || url.hostname.endsWith(`.${host}`),
  )
  return isOpenAiHost && url.protocol === 'https:' && url.username === '' && url.password === ''
}

function discoveryError(what: string, cause?: unknown): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_CONNECT', `The workspace's routing rule could not be read: ${what}.`, {
    cause,
  })
}
