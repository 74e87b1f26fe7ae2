import { randomBytes } from 'node:crypto'
import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import type { OAuthClientMetadata } from '@modelcontextprotocol/sdk/shared/auth.js'
import { CodexPlusError } from '../../errors.js'
import type { LoginStore } from './login-store.js'

/** The `oauth` of an entry of `mcpServers`. */
export interface OAuthSettings {
  readonly clientId?: string
  readonly callbackPort?: number
  readonly scopes?: string
}

export interface ProviderOptions {
  readonly settings: OAuthSettings
  readonly store: LoginStore
  /** The secret of a client that was registered by hand (MCP_CLIENT_SECRET). */
  readonly clientSecret: string | undefined
  /** A login that a person waits for; none during a run, where a browser has no business. */
  readonly login?: {
    readonly redirectUrl: string
    open(authorizationUrl: URL): void
  }
}

/** A login in progress, or one that was done before, for the SDK. */
export interface LoginProvider extends OAuthClientProvider {
  /** What the answer of the authorization server has to repeat. */
  readonly expectedState: string
}

/** Makes the provider of one server. Tokens are refreshed as they age; what needs a person throws UnauthorizedError. */
export function createLoginProvider({ settings, store, clientSecret, login }: ProviderOptions): LoginProvider {
  const { clientId, scopes } = settings
  const expectedState = randomBytes(16).toString('base64url')
  const redirectUrl = login?.redirectUrl ?? store.read().redirectUrl
  let verifier = ''
  const clientMetadata: OAuthClientMetadata = {
    client_name: 'codex-plus',
    redirect_uris: redirectUrl === undefined ? [] : [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: clientSecret === undefined ? 'none' : 'client_secret_post',
    ...(scopes === undefined ? {} : { scope: scopes }),
  }
  return {
    expectedState,
    redirectUrl: redirectUrl ?? 'http://127.0.0.1/callback',
    clientMetadata,
    state: () => expectedState,
    clientInformation() {
      if (clientId !== undefined) {
        return { client_id: clientId, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) }
      }
      const kept = store.read()
      // It was registered with one address to come back to; another port is another client.
      return login && kept.redirectUrl !== login.redirectUrl ? undefined : kept.client
    },
    saveClientInformation(client) {
      if (login === undefined) throw new UnauthorizedError()
      store.write({ client, redirectUrl: login.redirectUrl })
    },
    tokens: () => store.read().tokens,
    saveTokens: (tokens) => store.write({ tokens }),
    redirectToAuthorization(url) {
      if (login === undefined) throw new UnauthorizedError()
      // The server names it, and the system opens files and other programs' addresses just as well.
      if (url.protocol !== 'https:' && url.protocol !== 'http:') {
        throw new CodexPlusError('CP_MCP_LOGIN', `its login page is no web page (${url.protocol}).`)
      }
      login.open(url)
    },
    saveCodeVerifier: (given) => {
      verifier = given
    },
    codeVerifier: () => verifier,
    invalidateCredentials(scope) {
      if (scope === 'all') store.remove()
      else if (scope === 'tokens') store.write({ tokens: undefined })
      else if (scope === 'client') store.write({ client: undefined, redirectUrl: undefined })
      else if (scope === 'discovery') store.write({ discovery: undefined })
    },
    saveDiscoveryState: (discovery) => store.write({ discovery }),
    discoveryState: () => store.read().discovery,
  }
}
