import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What the guard made of a request: the path below the secret segment, or the status it is refused with. */
export type GuardResult = { readonly path: string } | { readonly refused: 403 | 404 | 426 }

/** Makes the check that every request passes before anything else looks at it. */
export function createGuard(secret: string, port: () => number): (incoming: IncomingMessage) => GuardResult {
  const expected = digest(secret)
  return (incoming) => {
    const url = incoming.url ?? ''
    // Only origin-form targets: an absolute one (`GET http://other/…`) is not what codex sends.
    const end = url.indexOf('/', 1)
    const segment = url.startsWith('/') ? url.slice(1, end === -1 ? undefined : end) : ''
    // Digests have one length, so that the comparison takes the same time for every wrong segment.
    if (!timingSafeEqual(digest(segment), expected)) return { refused: 404 }
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`]
    if (!hosts.includes(incoming.headers.host ?? '')) return { refused: 403 }
    const origin = incoming.headers.origin
    if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) return { refused: 403 }
    // codex goes on over HTTP at once after a 426, and after no other refusal (codex-0.169 section 2.4).
    if (incoming.headers.upgrade !== undefined) return { refused: 426 }
    return { path: end === -1 ? '/' : url.slice(end) }
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
