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
  /** The secret of a client that the user registered manually (MCP_CLIENT_SECRET). */
  readonly clientSecret: string | undefined
  /** For an interactive login; absent during a run, which must not open a browser. */
  readonly login?: {
    readonly redirectUrl: string
    open(authorizationUrl: URL): void
  }
}

/** The SDK's provider for a login in progress or an earlier one. */
export interface LoginProvider extends OAuthClientProvider {
  /** The `state` that the authorization server must return. */
  readonly expectedState: string
}

/** Creates the provider of one server. It refreshes tokens, and throws UnauthorizedError when the user must log in. */
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
      // The client was registered with one redirect URL; another port needs another client.
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
      // The server chooses this URL, and the system's opener also opens files and the URLs of other programs.
      if (url.protocol !== 'https:' && url.protocol !== 'http:') {
        throw new CodexPlusError('CP_MCP_LOGIN', `the login page of the server is not a web page (${url.protocol}).`)
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
