import type { Socket } from 'node:net'

export interface PumpEvents {
  /** The TLS client has answered the server's first flight. */
  handshakeDone(): void
  /** The connection to the server was reset or lost. */
  failed(cause: Error): void
}

/**
 * Copies bytes between the helper and the server, with backpressure in each direction. A clean end is passed on as a clean
 * end, a reset as a reset after the bytes before it: the helper distinguishes the two.
 */
export function pump(helper: Socket, upstream: Socket, events: PumpEvents): { pause(): void; resume(): void } {
  let held = false
  let full = false
  let answered = false
  let ended = false
  const flow = (): void => {
    if (held || full) upstream.pause()
    else upstream.resume()
  }
  upstream.on('data', (bytes: Buffer) => {
    answered = true
    if (helper.write(bytes)) return
    full = true
    flow()
  })
  helper.on('drain', () => {
    full = false
    flow()
  })
  helper.on('data', (bytes: Buffer) => {
    // The ClientHello comes before the server's first bytes; what comes after them is the client's second flight.
    if (answered) events.handshakeDone()
    if (!upstream.write(bytes)) helper.pause()
  })
  upstream.on('drain', () => helper.resume())
  upstream.on('end', () => {
    ended = true
    helper.end()
  })
  helper.on('end', () => upstream.end())
  upstream.on('error', (cause) => {
    // The server has sent everything and closed without waiting for the client's close.
    if (ended) return
    events.failed(cause)
    helper.write(Buffer.alloc(0), () => helper.resetAndDestroy())
  })
  helper.on('error', () => upstream.destroy())
  helper.on('close', () => upstream.destroy())
  helper.resume()
  flow()
  return {
    pause() {
      held = true
      flow()
    },
    resume() {
      held = false
      flow()
    },
  }
}
