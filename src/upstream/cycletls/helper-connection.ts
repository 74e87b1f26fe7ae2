import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { CodexPlusError } from '../../errors.js'
import { decodeFrame, encodeCancel, type Frame } from './helper-frames.js'

/** One WebSocket to the helper; it carries one request at a time. */
export interface HelperConnection {
  readonly open: boolean
  /** Whether the connection closed during a request. */
  readonly lost: boolean
  /** The local port of the connection. */
  readonly localPort: number
  /** Sends a request; `listen` receives its frames, and null when the connection closes. */
  send(id: string, frame: string, listen: (frame: Frame | null) => void): void
  /** Asks the helper to stop a request. */
  cancel(id: string): void
  /** Stops delivering frames of the current request. */
  forget(): void
  close(): void
}

const OPEN_TIMEOUT = 5_000

/** Opens a WebSocket to the helper without sending a request. Rejects with CP_UPSTREAM_HELPER. */
export function openConnection(port: number): Promise<HelperConnection> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, {
      perMessageDeflate: false,
      handshakeTimeout: OPEN_TIMEOUT,
      maxPayload: 0,
      skipUTF8Validation: true,
      // A mask protects shared caches between client and server. There are none on loopback, and a mask of zeros saves a
      // pass over each body.
      generateMask: (mask) => void mask.fill(0),
    })
    let local: Socket | undefined
    socket.on('upgrade', (response) => {
      local = response.socket
    })
    socket.once('open', () => resolve(wrap(socket, local)))
    socket.on('error', (cause) =>
      reject(new CodexPlusError('CP_UPSTREAM_HELPER', 'The cycletls helper does not answer.', { cause })),
    )
  })
}

function wrap(socket: WebSocket, local: Socket | undefined): HelperConnection {
  let current: { id: string; listen: (frame: Frame | null) => void } | null = null
  let lost = false
  const lose = (): void => {
    const listen = current?.listen
    current = null
    lost = listen !== undefined
    listen?.(null)
  }
  socket.on('message', (message: Buffer) => {
    let frame: Frame
    try {
      frame = decodeFrame(message)
    } catch {
      socket.terminate()
      return
    }
    // A late `end` of an earlier request is ignored.
    if (frame.id === current?.id) current.listen(frame)
  })
  socket.on('close', lose)
  // An idle connection does not keep this process alive.
  local?.unref()
  return {
    get open() {
      return socket.readyState === WebSocket.OPEN
    },
    get lost() {
      return lost
    },
    localPort: local?.localPort ?? 0,
    send(id, frame, listen) {
      current = { id, listen }
      local?.ref()
      socket.send(frame)
    },
    cancel: (id) => socket.send(encodeCancel(id), () => {}),
    forget() {
      current = null
      local?.unref()
    },
    close: () => socket.terminate(),
  }
}
