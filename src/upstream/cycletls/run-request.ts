import { CodexPlusError } from '../../errors.js'
import type { UpstreamRequest, UpstreamResponse } from '../upstream.js'
import type { HelperConnection } from './helper-connection.js'
import { afterHeaders, beforeHeaders, helperDied } from './helper-errors.js'
import type { Frame } from './helper-frames.js'
import type { TunnelRoute } from './loopback-tunnel.js'
import { type Body, createBody } from './response-body.js'

export interface Exchange {
  readonly id: string
  readonly request: UpstreamRequest
  /** The encoded request. */
  readonly frame: string
  readonly connection: HelperConnection
  readonly route: TunnelRoute
  /** Called once, when the helper has finished the request. */
  done(reusable: boolean): void
}

const CANCEL_WITHIN = 1_000
/** Milliseconds in which the helper and the server close a finished connection themselves. */
const CLOSING = 500

/** Runs one request on a connection to the helper: resolves with its response, or rejects with CP_UPSTREAM_*. */
export function runExchange({ id, request, frame, connection, route, done }: Exchange): Promise<UpstreamResponse> {
  const { host } = request.url
  return new Promise((resolve, reject) => {
    let body: Body | null = null
    let over = false
    let cancelling: NodeJS.Timeout | null = null

    const finish = (reusable: boolean): void => {
      if (over) return
      over = true
      if (cancelling !== null) clearTimeout(cancelling)
      request.signal.removeEventListener('abort', abort)
      route.close(reusable && cancelling === null ? CLOSING : 0)
      done(reusable)
    }
    const cancel = (): void => {
      if (over || cancelling !== null) return
      cancelling = setTimeout(() => finish(false), CANCEL_WITHIN)
      route.close()
      connection.cancel(id)
    }
    const abort = (): void => {
      const aborted = new CodexPlusError('CP_UPSTREAM_ABORTED', `The request to ${host} was cancelled.`)
      cancel()
      if (body === null) reject(aborted)
      else body.stream.destroy(aborted)
    }
    const fail = (error: CodexPlusError, reusable: boolean): void => {
      finish(reusable)
      if (body === null) reject(error)
      else body.fail(error)
    }
    const listen = (received: Frame | null): void => {
      if (received === null) {
        fail(helperDied(), false)
      } else if (cancelling !== null) {
        // A request cancelled before its headers ends with an error only, after them with an error and an end.
        if (received.kind === 'end' || received.kind === 'error') finish(true)
      } else if (received.kind === 'response') {
        body = createBody(route, cancel)
        resolve({ status: received.status, statusText: '', headers: received.headers, body: body.stream })
      } else if (received.kind === 'data') {
        body?.push(received.bytes)
      } else if (received.kind === 'error') {
        const seen = route.failure
        fail(body === null ? beforeHeaders(host, received.message, seen) : afterHeaders(host, seen), true)
      } else if (body === null) {
        fail(helperDied(), true)
      } else {
        finish(true)
        body.end()
      }
    }

    connection.send(id, frame, listen)
    if (request.signal.aborted) abort()
    else request.signal.addEventListener('abort', abort, { once: true })
  })
}
