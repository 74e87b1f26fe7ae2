import type { Socket } from 'node:net'

export interface PumpEvents {
  /** The TLS client has answered the server's first flight. */
  shakenHands(): void
  /** The connection to the server was reset or lost. */
  failed(cause: Error): void
}

/**
 * Carries bytes between the helper and the server, each way with its own backpressure. A clean end is passed on as one,
 * a reset as a reset after the bytes that came before it: the helper tells the two apart.
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
    // A hello comes before the server's first bytes; whatever comes after them is the client's second flight.
    if (answered) events.shakenHands()
    if (!upstream.write(bytes)) helper.pause()
  })
  upstream.on('drain', () => helper.resume())
  upstream.on('end', () => {
    ended = true
    helper.end()
  })
  helper.on('end', () => upstream.end())
  upstream.on('error', (cause) => {
    // The server has said all it had to say: it only did not wait for the client's goodbye.
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
