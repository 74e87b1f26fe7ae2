import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { CodexPlusError } from '../../errors.js'
import { bare, type Dial, dial } from '../connect.js'
import { readHead } from '../response-head.js'
import { pump } from './pump.js'

export interface TunnelOptions {
  /** Milliseconds from the dialling to the end of the TLS handshake. */
  readonly handshakeDeadline: number
  readonly caFile: string | null
}

/**
 * The helper's way out: a CONNECT proxy on loopback. The helper has no deadline for a handshake, leaks connections,
 * words its errors loosely and reaches no https proxy; this end sees each connection and can close it.
 */
export interface Tunnel {
  /** Starts to dial `url`'s host, through `proxy` where there is one. */
  open(url: URL, proxy: URL | null): Passage
  close(): void
}

/** The way of one request through the tunnel. */
export interface Passage {
  /** What the helper is given as its proxy; good for this request's host alone. */
  readonly proxy: string
  /** What went wrong on the way, once it has: CP_UPSTREAM_CONNECT, PROXY, TIMEOUT or RESET. */
  readonly failure: CodexPlusError | null
  /** Whether the helper has come for it; until then nothing of the request can have left. */
  readonly used: boolean
  /** Reads nothing more from upstream until `resume`. */
  pause(): void
  resume(): void
  /** Closes its connections, after `grace` milliseconds in which both sides may do so themselves. */
  close(grace?: number): void
}

const READ_HEAD_WITHIN = 5_000

/** Listens on a random port of 127.0.0.1; a request without a passage's secret is refused. */
export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const passages = new Map<string, OpenPassage>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.setNoDelay(true)
    accept(socket, passages).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    open(url, proxy) {
      const secret = randomBytes(24).toString('hex')
      const key = `Basic ${Buffer.from(`codex-plus:${secret}`).toString('base64')}`
      const passage = openPassage(`http://codex-plus:${secret}@127.0.0.1:${port}`, url, proxy, options, () =>
        passages.delete(key),
      )
      passages.set(key, passage)
      return passage
    },
    close() {
      server.close()
      for (const passage of passages.values()) passage.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

interface OpenPassage extends Passage {
  readonly target: string
  connect(helper: Socket): Promise<void>
}

async function accept(helper: Socket, passages: ReadonlyMap<string, OpenPassage>): Promise<void> {
  helper.setTimeout(READ_HEAD_WITHIN, () => helper.destroy())
  const head = await readHead(helper)
  helper.setTimeout(0)
  const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1]
  const login = /^proxy-authorization: *(.*?) *\r$/im.exec(head)?.[1] ?? ''
  const passage = passages.get(login)
  if (passage === undefined || target !== passage.target) {
    helper.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    return
  }
  await passage.connect(helper)
}

function openPassage(
  proxyUrl: string,
  url: URL,
  upstreamProxy: URL | null,
  options: TunnelOptions,
  done: () => void,
): OpenPassage {
  const host = bare(url.hostname)
  const port = Number(url.port || 443)
  let failure: CodexPlusError | null = null
  let helperEnd: Socket | null = null
  let pumped: { pause(): void; resume(): void } | null = null
  let paused = false
  let used = false
  const fail = (error: CodexPlusError): void => {
    failure ??= error
    dialled.cancel()
    helperEnd?.destroy()
  }
  const deadline = setTimeout(() => {
    const seconds = options.handshakeDeadline / 1000
    fail(new CodexPlusError('CP_UPSTREAM_TIMEOUT', `${url.host} did not finish a TLS handshake within ${seconds} s.`))
  }, options.handshakeDeadline)
  deadline.unref()
  // Dialling begins before the helper asks: it hides a round trip, or the helper's start.
  const dialled = begin(() => dial(host, port, upstreamProxy, options.caFile))
  dialled.opened.catch((error: CodexPlusError) => fail(error))

  return {
    proxy: proxyUrl,
    target: `${url.hostname}:${port}`,
    get failure() {
      return failure
    },
    get used() {
      return used
    },
    async connect(helper) {
      // One request dials once; a second connection would share the first one's socket.
      if (used) return void helper.destroy()
      used = true
      helperEnd = helper
      const upstream = await dialled.opened
      if (helper.destroyed || failure !== null) return void helper.destroy()
      helper.write('HTTP/1.1 200 OK\r\n\r\n')
      pumped = pump(helper, upstream, {
        shakenHands: () => clearTimeout(deadline),
        failed: (cause) => {
          const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
          failure ??= new CodexPlusError('CP_UPSTREAM_RESET', `${url.host} broke the connection (${code}).`, { cause })
        },
      })
      if (paused) pumped.pause()
    },
    pause() {
      paused = true
      pumped?.pause()
    },
    resume() {
      paused = false
      pumped?.resume()
    },
    close(grace = 0) {
      clearTimeout(deadline)
      done()
      const destroy = (): void => {
        dialled.cancel()
        helperEnd?.destroy()
      }
      if (grace === 0) destroy()
      else setTimeout(destroy, grace).unref()
    },
  }
}

/** A proxy that cannot even be tried fails like one that cannot be reached. */
function begin(start: () => Dial): Dial {
  try {
    return start()
  } catch (error) {
    return { opened: Promise.reject(error), cancel() {} }
  }
}
