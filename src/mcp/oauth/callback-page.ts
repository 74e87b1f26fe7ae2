import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CodexPlusError } from '../../errors.js'

/** The page on this machine that the authorization server sends the user back to. */
export interface CallbackPage {
  readonly url: string
  /** The code of the answer that carries `state`. Throws CP_MCP_LOGIN when it is refused, or does not come in time. */
  code(state: string, timeoutMs: number): Promise<string>
  close(): void
}

/** Opens the page on a loopback port, a given one or any. Throws CP_MCP_LOGIN. */
export async function openCallbackPage(port = 0): Promise<CallbackPage> {
  const waiting: Array<(query: URLSearchParams) => boolean> = []
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
    const taken = url.pathname === '/callback' && waiting.some((take) => take(url.searchParams))
    outgoing.writeHead(taken ? 200 : 400, { 'content-type': 'text/html; charset=utf-8', connection: 'close' })
    outgoing.end(
      taken ? PAGE('You are logged in. You can close this page.') : PAGE('This is not the login we wait for.'),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new CodexPlusError('CP_MCP_LOGIN', `no page for the login on port ${port}.`, { cause })),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    async code(state, timeoutMs) {
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new CodexPlusError('CP_MCP_LOGIN', `the login did not come within ${timeoutMs / 60_000} min.`)),
          timeoutMs,
        )
        waiting.push((query) => {
          // An answer to another question may be somebody's attempt to log us in as them.
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
