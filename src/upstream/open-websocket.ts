import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { CodexPlusError } from '../errors.js'
import { type HeaderList, headerPairs } from '../request/header-list.js'
import { connectError } from './connect-error.js'
import type { PendingConnection } from './socket-connections.js'

/** A WebSocket that is to be opened for one of codex's. */
export interface WebSocketRequest {
  readonly url: URL
  /** codex's own headers of the upgrade, all of them, in their order and case. */
  readonly headers: HeaderList
  /** Aborting gives the connection up. */
  readonly signal: AbortSignal
}

/** The server's answer to an upgrade. */
export type WebSocketAnswer =
  | { readonly socket: WebSocket; readonly headers: HeaderList; readonly url: URL }
  | { readonly status: number; readonly headers: HeaderList; readonly body: Buffer }

/** The most a message may have, in bytes: as for a POST. */
export const MESSAGE_LIMIT = 256 * 1024 * 1024
/** The most that is read of a refusal's body, in bytes. */
const REFUSAL_LIMIT = 1024 * 1024

/**
 * Upgrades a connection to a WebSocket, with codex's own headers in their order and case. Resolves with the socket, which
 * is paused, or with the server's refusal; rejects with CP_UPSTREAM_* where neither comes, and within the signal.
 */
export async function openWebSocket(
  { url, headers, signal }: WebSocketRequest,
  connection: PendingConnection,
): Promise<WebSocketAnswer> {
  const cancel = (): void => connection.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    signal.throwIfAborted()
    return await upgrade(await connection.opened, url, headers, signal)
  } catch (error) {
    connection.cancel()
    throw connectError(error as NodeJS.ErrnoException, url, signal)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function upgrade(connection: Socket, url: URL, headers: HeaderList, signal: AbortSignal): Promise<WebSocketAnswer> {
  return new Promise((resolve, reject) => {
    const offered = headers.some(([name]) => name.toLowerCase() === 'sec-websocket-extensions')
    const socket = new WebSocket(url, {
      // codex compresses every message; ws would leave short ones out.
      perMessageDeflate: offered ? { threshold: 0 } : false,
      maxPayload: MESSAGE_LIMIT,
      skipUTF8Validation: true,
      createConnection: () => connection,
      finishRequest(request) {
        try {
          writeHeaders(request, headers, url)
          request.end()
        } catch (cause) {
          const message = 'A header of the request contains a character that HTTP does not allow.'
          fail(new CodexPlusError('CP_UPSTREAM_REQUEST', message, { cause }))
        }
      },
    })
    const abort = (): void => fail(signal.reason as Error)
    const closed = (): void => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    const settle = (): void => {
      signal.removeEventListener('abort', abort)
      socket.off('error', fail).off('close', closed)
      // What comes after the promise is settled shows in the socket's close.
      socket.on('error', () => {})
    }
    const fail = (error: Error): void => {
      settle()
      socket.terminate()
      connection.destroy()
      reject(error)
    }
    let opened: HeaderList = []
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', fail).on('close', closed)
    socket.once('upgrade', (response) => {
      opened = headerPairs(response.rawHeaders)
    })
    socket.once('open', () => {
      settle()
      // Nothing may be lost before somebody listens.
      socket.pause()
      connection.setNoDelay?.(true)
      resolve({ socket, headers: opened, url })
    })
    socket.once('unexpected-response', (_request, response) => {
      readRefusal(response).then((refusal) => {
        resolve(refusal)
        fail(new Error('refused'))
      }, fail)
    })
  })
}

/** Puts codex's headers in the place of those of ws, but for the values that belong to this connection. */
function writeHeaders(request: ClientRequest, headers: HeaderList, url: URL): void {
  const own = new Map<string, string>([['host', url.host]])
  for (const name of ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-extensions']) {
    const value = request.getHeader(name)
    if (value !== undefined) own.set(name, String(value))
  }
  for (const name of request.getHeaderNames()) request.removeHeader(name)
  for (const [name, value] of headers) request.appendHeader(name, own.get(name.toLowerCase()) ?? value)
}

async function readRefusal(response: IncomingMessage): Promise<WebSocketAnswer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length > REFUSAL_LIMIT) break
    parts.push(part)
  }
  return {
    status: response.statusCode ?? 502,
    headers: headerPairs(response.rawHeaders),
    body: Buffer.concat(parts),
  }
}
