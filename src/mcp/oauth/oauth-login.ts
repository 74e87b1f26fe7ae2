// OAuth: log in to a remote MCP server in the browser, and store and refresh its tokens.
import { spawn } from 'node:child_process'
import { auth, extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CodexPlusError, formatError } from '../../errors.js'
import { openCallbackPage } from './callback-server.js'
import { createLoginProvider, type OAuthSettings } from './login-provider.js'
import { openLoginStore } from './login-store.js'

export interface LoginOptions {
  readonly name: string
  readonly url: URL
  readonly settings: OAuthSettings
  readonly env: NodeJS.ProcessEnv
  readonly fetch?: FetchLike
  /** Shows the user the URL to open. */
  say(line: string): void
}

/** How long the user may take in the browser, in ms. */
const LOGIN_TIMEOUT = 5 * 60_000

/**
 * Logs in to a remote server: opens its login page in the browser, waits for the redirect to a local page, and stores
 * the tokens in codex-plus's state folder. Throws CP_MCP_LOGIN.
 */
export async function logIn({ name, url, settings, env, say, fetch: fetchFn = fetch }: LoginOptions): Promise<void> {
  const page = await openCallbackPage(settings.callbackPort)
  try {
    const store = openLoginStore(url, env)
    // An explicit login always replaces the old one.
    store.write({ tokens: undefined, discovery: undefined })
    const provider = createLoginProvider({
      settings,
      store,
      clientSecret: env.MCP_CLIENT_SECRET,
      login: {
        redirectUrl: page.url,
        open(address) {
          say(`Log in to '${name}' in your browser:`)
          say(address.href)
          openBrowser(address, env)
        },
      },
    })
    const { resourceMetadataUrl, scope: wanted } = await challengeOf(url, fetchFn)
    const scope = settings.scopes ?? wanted
    const asked = {
      serverUrl: url,
      fetchFn,
      ...(scope === undefined ? {} : { scope }),
      ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }),
    }
    const code = page.code(provider.expectedState, LOGIN_TIMEOUT)
    code.catch(() => {})
    if ((await auth(provider, asked)) === 'AUTHORIZED') return
    await auth(provider, { ...asked, authorizationCode: await code })
  } catch (cause) {
    if (cause instanceof CodexPlusError) throw cause
    throw new CodexPlusError('CP_MCP_LOGIN', `the login to '${name}' failed: ${formatError(cause)}.`, { cause })
  } finally {
    page.close()
  }
}

/** Sends a request without authorization and reads the server's challenge: the URL of its metadata, and the scope. */
async function challengeOf(url: URL, fetchFn: FetchLike): Promise<ReturnType<typeof extractWWWAuthenticateParams>> {
  try {
    const response = await fetchFn(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'ping' }),
      signal: AbortSignal.timeout(10_000),
    })
    await response.body?.cancel()
    return extractWWWAuthenticateParams(response)
  } catch {
    // The login that follows reports the error.
    return {}
  }
}

/** Opens a URL with $BROWSER or the system's opener; if that fails, the user can copy the URL that was shown. */
function openBrowser(address: URL, env: NodeJS.ProcessEnv): void {
  const fallback = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open'
  const child = spawn(env.BROWSER || fallback, [address.href], { env, stdio: 'ignore', detached: true })
  child.once('error', () => {})
  child.unref()
}
