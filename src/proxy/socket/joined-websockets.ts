import type { WebSocket } from 'ws'

/** The two WebSockets of one thread, joined: what comes on one may go on the other, and both end together. */
export interface Link {
  toCodex(message: Buffer | string, binary?: boolean): void
  toServer(message: Buffer | string, binary?: boolean): void
  /** Holds the server's messages back, or lets them come again. */
  holdServer(hold: boolean): void
  /** Closes codex's side with a code, and gives the server's up. */
  close(code: number, reason: string): void
  /** Aborted when codex has ended its side. */
  readonly codexGone: AbortSignal
  /** Resolves when both sides have ended. */
  readonly closed: Promise<void>
}

/** What is done with the messages of a link, and when a side ends by itself. */
export interface LinkHandlers {
  fromCodex(message: Buffer, binary: boolean): void
  fromServer(message: Buffer, binary: boolean): void
  /** Called once, when `side` has ended by itself; the other side is closed when the result resolves. */
  ended(side: 'codex' | 'server'): Promise<void>
}

/** A side that has so much unsent, in bytes, stops the other one's messages until it has half of it. */
const PENDING_LIMIT = 1024 * 1024
/** codex takes frames of up to 16 MiB, and messages of any size in fragments (websocket section 1.5). */
const FRAGMENT = 15 * 1024 * 1024
/** Milliseconds for the other side to answer a close. */
const CLOSE_WITHIN = 1000
/** Close codes that are never sent, only seen (RFC 6455 section 7.4.1): no close frame came, or one without a code. */
const [NO_STATUS, ABNORMAL] = [1005, 1006]

/** Joins codex's socket with the server's. Both may be paused; they begin when this returns. */
export function createLink(codex: WebSocket, server: WebSocket, handlers: LinkHandlers): Link {
  const gone = new AbortController()
  let over = false
  const reader = (socket: WebSocket): { hold(why: string, held: boolean): void } => {
    const reasons = new Set<string>()
    return {
      hold(why, held) {
        if (held) reasons.add(why)
        else reasons.delete(why)
        if (socket.readyState !== socket.OPEN) return
        if (reasons.size > 0 && !socket.isPaused) socket.pause()
        else if (reasons.size === 0 && socket.isPaused) socket.resume()
      },
    }
  }
  const [codexReader, serverReader] = [reader(codex), reader(server)]
  const send = (
    to: WebSocket,
    source: ReturnType<typeof reader>,
    message: Buffer | string,
    options: { binary: boolean; fin: boolean },
  ): void => {
    if (to.readyState !== to.OPEN) return
    to.send(message, options, () => {
      if (to.bufferedAmount <= PENDING_LIMIT / 2) source.hold('unsent', false)
    })
    if (to.bufferedAmount > PENDING_LIMIT) source.hold('unsent', true)
  }
  const end = (side: 'codex' | 'server', code: number, reason: string): void => {
    if (side === 'codex') gone.abort()
    if (over) return
    over = true
    const close = (): void => closeSocket(side === 'codex' ? server : codex, code, reason)
    handlers.ended(side).then(close, close)
  }
  let tooLarge = false
  // A socket that reports an error closes afterwards.
  codex.on('error', () => {})
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') tooLarge = true
  })
  codex.on('close', (code, reason) => end('codex', code, reason.toString()))
  server.on('close', (code, reason) =>
    tooLarge ? end('server', 1009, 'the message is too large') : end('server', code, reason.toString()),
  )
  codex.on('message', (message: Buffer, binary) => handlers.fromCodex(message, binary))
  server.on('message', (message: Buffer, binary) => handlers.fromServer(message, binary))
  codexReader.hold('', false)
  serverReader.hold('', false)
  return {
    codexGone: gone.signal,
    closed: Promise.all([closedOf(codex), closedOf(server)]).then(() => {}),
    holdServer: (hold) => serverReader.hold('held', hold),
    toCodex(message, binary = false) {
      const length = typeof message === 'string' ? message.length * 3 : message.length
      if (length <= FRAGMENT) return send(codex, serverReader, message, { binary, fin: true })
      const bytes = Buffer.from(message as string)
      for (let at = 0; at < bytes.length; at += FRAGMENT) {
        const fin = at + FRAGMENT >= bytes.length
        send(codex, serverReader, bytes.subarray(at, at + FRAGMENT), { binary, fin })
      }
    },
    toServer: (message, binary = false) => send(server, codexReader, message, { binary, fin: true }),
    close(code, reason) {
      if (over) return
      over = true
      closeSocket(codex, code, reason)
      server.terminate()
    },
  }
}

function closedOf(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** Ends a socket as the other side ended: with its code, or, where there was none, by dropping the connection. */
function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (code === ABNORMAL) {
    socket.terminate()
    return
  }
  // One that is paused would not see the other's close.
  if (socket.isPaused) socket.resume()
  try {
    if (code === NO_STATUS) socket.close()
    else socket.close(code, reason)
  } catch {
    socket.terminate()
  }
  const timer = setTimeout(() => socket.terminate(), CLOSE_WITHIN)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}
