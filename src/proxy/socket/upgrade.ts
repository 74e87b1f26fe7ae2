import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from '../../log/log.js'
import { type HeaderList, headerPairs, headerValue } from '../../request/header-list.js'
import { responseHeaders } from '../../request/response-headers.js'
import { MESSAGE_LIMIT } from '../../upstream/open-websocket.js'
import type { SocketUpstream } from '../../upstream/socket-upstream.js'
import { answerUpgrade, refuseUpgrade } from '../answer-upgrade.js'
import type { PipelineParts } from '../pipeline.js'
import { createSocketMemory } from './lost-sockets.js'
import { runSession } from './socket-session.js'

export interface UpgradeOptions {
  readonly parts: Pick<PipelineParts, 'stages' | 'reshapes' | 'observers'>
  readonly sockets: SocketUpstream
  readonly log: Log
}

/** Serves one upgrade to a path of codex's API, which passed the guard. */
export type UpgradeHandler = (incoming: IncomingMessage, socket: Duplex, head: Buffer, path: string) => Promise<void>

/** Headers that belong to the server's own connection. */
const OWN_TO_THE_CONNECTION = /^sec-websocket-/i

/**
 * Creates the handler of codex's WebSockets. The server's is opened before codex's is accepted, so that codex can be told
 * at once to go on over HTTP where there is none (websocket section 4.4).
 */
export function createUpgradeHandler({ parts, sockets, log }: UpgradeOptions): UpgradeHandler {
  const memory = createSocketMemory()
  const accepted = new WeakMap<IncomingMessage, HeaderList>()
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // On this machine compression costs more than it saves.
    perMessageDeflate: false,
    maxPayload: MESSAGE_LIMIT,
    skipUTF8Validation: true,
  })
  server.on('headers', (lines, incoming) => {
    for (const [name, value] of accepted.get(incoming) ?? []) lines.push(`${name}: ${value}`)
  })
  return async (incoming, socket, head, path) => {
    const handshake = headerPairs(incoming.rawHeaders)
    const peer = watchPeer(socket)
    const thread = headerValue(handshake, 'thread-id') ?? ''
    const givenUp = isResponses(path) ? memory.refusal(thread) : 'only /responses has a WebSocket'
    const opening =
      givenUp === null ? await sockets.open({ path, headers: handshake, signal: peer.gone }) : { declined: givenUp }
    peer.release()
    if ('declined' in opening) {
      log.info('proxy.upgrade', { path, status: 426, why: opening.declined })
      refuseUpgrade(socket, 426, 'codex-plus: plain HTTP only.')
      return
    }
    if (!('socket' in opening)) {
      const { status, headers, body } = opening
      log.info('proxy.upgrade', { path, status })
      answerUpgrade(socket, { status, headers: responseHeaders(headers), body })
      return
    }
    if (socket.destroyed || peer.gone.aborted) {
      socket.destroy()
      opening.socket.terminate()
      return
    }
    log.info('proxy.upgrade', { path, status: 101 })
    accepted.set(
      incoming,
      responseHeaders(opening.headers).filter(([name]) => !OWN_TO_THE_CONNECTION.test(name)),
    )
    const codex = await accept(server, incoming, socket, head)
    if (codex === null) {
      opening.socket.terminate()
      return
    }
    const { socket: upstream, url } = opening
    await runSession({ codex, server: upstream, url, handshake, path, parts, memory, log })
  }
}

function isResponses(path: string): boolean {
  return /^\/responses(?=\?|$)/.test(path)
}

/**
 * Tells when codex gives the connection up before it is upgraded. The end of a connection shows only to somebody who
 * reads; bytes that come are left where they are.
 */
function watchPeer(socket: Duplex): { readonly gone: AbortSignal; release(): void } {
  const gone = new AbortController()
  const leave = (): void => gone.abort()
  const look = (): void => {
    if (socket.readableLength === 0) socket.read()
  }
  socket.on('readable', look).on('end', leave).on('close', leave)
  return { gone: gone.signal, release: () => void socket.off('readable', look).off('end', leave).off('close', leave) }
}

/** Completes codex's upgrade; null where codex has left, or its request is none of a WebSocket, which is answered. */
function accept(
  server: WebSocketServer,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<WebSocket | null> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve(null))
    server.handleUpgrade(incoming, socket, head, (codex) => {
      // Nothing may be lost before somebody listens.
      codex.pause()
      resolve(codex)
    })
  })
}
