import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CodexPlusError } from '../../errors.js'

/** The local page that the authorization server redirects the user to. */
export interface CallbackPage {
  readonly url: string
  /**
   * Returns the code of the redirect with this `state`. Throws CP_MCP_LOGIN when the login is refused or takes too
   * long.
   */
  code(state: string, timeoutMs: number): Promise<string>
  close(): void
}

/** Opens the page on a loopback port; 0 picks a free one. Throws CP_MCP_LOGIN. */
export async function openCallbackPage(port = 0): Promise<CallbackPage> {
  const waiting: Array<(query: URLSearchParams) => boolean> = []
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
    const taken = url.pathname === '/callback' && waiting.some((take) => take(url.searchParams))
    outgoing.writeHead(taken ? 200 : 400, { 'content-type': 'text/html; charset=utf-8', connection: 'close' })
    outgoing.end(
      taken
        ? PAGE('You are logged in. You can close this page.')
        : PAGE('This is not the login that codex-plus waits for.'),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new CodexPlusError('CP_MCP_LOGIN', `the login page could not be opened on port ${port}.`, {
          hint: 'Free the port, or change "oauth.callbackPort" of the server.',
          cause,
        }),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    async code(state, timeoutMs) {
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(
          () =>
            reject(new CodexPlusError('CP_MCP_LOGIN', `the login was not completed within ${timeoutMs / 60_000} min.`)),
          timeoutMs,
        )
        waiting.push((query) => {
          // A redirect with another state may be an attempt to log the user in to somebody else's account.
          if (query.get('state') !== state) return false
          clearTimeout(timer)
          const code = query.get('code')
          if (code !== null) resolve(code)
          else {
            const why = query.get('error_description') ?? query.get('error') ?? 'no code came back'
            reject(new CodexPlusError('CP_MCP_LOGIN', `the login was refused: ${why}.`))
          }
          return true
        })
      })
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const PAGE = (text: string): string => `<!doctype html><title>codex-plus</title><p>${text}</p>`
