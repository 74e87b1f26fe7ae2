// Folder cycletls: sends requests through the helper program of the cycletls package, whose TLS handshake is codex's.
import { randomUUID } from 'node:crypto'
import { delimiter } from 'node:path'
import { CodexPlusError, formatError } from '../../errors.js'
import type { Log } from '../../log/log.js'
import { SYSTEM_FOLDERS } from '../certificates.js'
import { caFile, environmentProxy } from '../environment-proxy.js'
import type { Upstream, UpstreamRequest, UpstreamResponse } from '../upstream.js'
import { createHelper } from './helper.js'
import { findBinary } from './helper-binary.js'
import type { HelperConnection } from './helper-connection.js'
import { encodeRequest } from './helper-frames.js'
import type { Tunnel, TunnelRoute } from './loopback-tunnel.js'
import { requestOptions } from './request-options.js'
import type { Profile } from './tls-profiles.js'

export interface CycletlsOptions {
  readonly profile: Profile
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** Sends the requests that the helper cannot. */
  readonly fallback: Upstream
  /** Receives the warning that the fallback is used. */
  readonly onNotice: (line: string) => void
  /** For tests: times in ms, and other ways to find the helper's program or port. */
  readonly linger?: number
  readonly handshakeDeadline?: number
  readonly findBinary?: () => string
  readonly pickPort?: () => Promise<number>
}

const LINGER = 0
const HANDSHAKE_DEADLINE = 20_000

/**
 * Creates the upstream that sends https requests through cycletls' helper. Without a helper, and when the helper would not
 * trust the user's certificate authority, `fallback` sends them, with one warning.
 */
export function createCycletlsUpstream(options: CycletlsOptions): Upstream {
  const { env, log, fallback } = options
  const helper = createHelper({
    env: helperEnvironment(env),
    log,
    linger: options.linger ?? LINGER,
    findBinary: options.findBinary ?? findBinary,
    pickPort: options.pickPort ?? (async () => await (await import('./start-helper.js')).pickPort()),
  })
  const openRequests = new Set<AbortController>()
  let tunnel: Promise<Tunnel> | null = null
  let noticed = false
  let closed = false
  /** The error of the last request that could not use the helper. */
  let unavailable: unknown = null

  const openTunnel = (): Promise<Tunnel> => {
    tunnel ??= import('./loopback-tunnel.js').then((module) =>
      module.openTunnel({
        handshakeDeadline: options.handshakeDeadline ?? HANDSHAKE_DEADLINE,
        env,
      }),
    )
    return tunnel
  }
  const notice = (why: string): void => {
    log.warn('cycletls.fallback', { why })
    if (noticed) return
    noticed = true
    options.onNotice(`cycletls is not used, requests are sent with Node's own TLS: ${why}`)
  }
  const ignoresCa = ignoresCaFile(env)

  return {
    name: 'cycletls',
    async send(request) {
      if (request.url.protocol !== 'https:') return await fallback.send(request)
      if (ignoresCa) {
        notice('on this system cycletls does not read CODEX_CA_CERTIFICATE, SSL_CERT_FILE or SSL_CERT_DIR.')
        return await fallback.send(request)
      }
      // Invalid input is found before the helper is started.
      requestOptions(request, options.profile, '')
      refuseAborted(request)
      const answer = (await tryHelper(request)) ?? (await tryHelper(request))
      if (answer !== null) return answer
      refuseAborted(request)
      notice(formatError(helper.gaveUp ?? unavailable))
      return await fallback.send(request)
    },
    prepare(url) {
      if (ignoresCa || url.protocol !== 'https:') return
      // The helper listens to everybody: it starts with the request and not before.
      const ready = async (): Promise<void> => (await openTunnel()).openEarly(url, environmentProxy(url, env))
      ready().catch((error: unknown) => log.debug('cycletls.prepare', { error: formatError(error) }))
    },
    async close() {
      closed = true
      for (const controller of openRequests) controller.abort()
      await helper.close()
      await tunnel?.then(
        (open) => open.close(),
        () => {},
      )
    },
  }

  function refuseAborted({ signal }: UpstreamRequest): void {
    if (closed || signal.aborted) throw new CodexPlusError('CP_UPSTREAM_ABORTED', 'The request was cancelled.')
  }

  /** Returns null when nothing of the request was sent: there is no helper, or it ended before it handled the request. */
  async function tryHelper(request: UpstreamRequest): Promise<UpstreamResponse | null> {
    let connection: HelperConnection
    try {
      connection = await helper.take()
    } catch (error) {
      unavailable = error
      return null
    }
    const closing = new AbortController()
    openRequests.add(closing)
    const done = (reusable: boolean): void => {
      if (openRequests.delete(closing)) helper.give(connection, reusable)
    }
    let route: TunnelRoute | null = null
    try {
      route = (await openTunnel()).open(request.url, environmentProxy(request.url, env))
      const id = randomUUID()
      const { runExchange } = await import('./run-request.js')
      const frame = encodeRequest(id, requestOptions(request, options.profile, route.proxy), request.body)
      const signal = AbortSignal.any([request.signal, closing.signal])
      return await runExchange({ id, request: { ...request, signal }, frame, connection, route, done })
    } catch (error) {
      done(false)
      const unsent = route !== null && !route.used && connection.lost
      if (unsent && !request.signal.aborted && !closing.signal.aborted) return null
      throw error
    }
  }
}

/**
 * Builds the helper's environment, without the user's keys and proxies. Go reads SSL_CERT_FILE in place of the system's
 * bundle and SSL_CERT_DIR in place of its folders. These are named too, so that, as with codex, the user's authorities are
 * added to the system's. CODEX_CA_CERTIFICATE wins over SSL_CERT_FILE, as in codex.
 */
function helperEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ca = caFile(env)
  return {
    PATH: env.PATH,
    ...(env.SystemRoot === undefined ? {} : { SystemRoot: env.SystemRoot }),
    ...(ca === null ? {} : { SSL_CERT_FILE: ca }),
    ...(env.SSL_CERT_DIR ? { SSL_CERT_DIR: [env.SSL_CERT_DIR, ...SYSTEM_FOLDERS].join(delimiter) } : {}),
  }
}

/** Returns whether the helper ignores the user's authorities: on macOS and Windows Go uses the system's trust store. */
function ignoresCaFile(env: NodeJS.ProcessEnv): boolean {
  return (
    (caFile(env) !== null || Boolean(env.SSL_CERT_DIR)) &&
    (process.platform === 'darwin' || process.platform === 'win32')
  )
}
