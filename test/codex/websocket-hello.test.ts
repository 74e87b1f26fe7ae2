import { copyFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ja4 } from '../../src/upstream/cycletls/ja4.js'
import { hasOwnHello, SOCKET_JA4 } from '../../src/upstream/socket-hello.js'
import { CA_FILE, tls } from '../fixtures/tls/upstream.js'
import { says } from '../fixtures/upstream/scripted.js'
import { type SocketUpstream, startSocketUpstream } from '../fixtures/upstream/socket-upstream.js'
import { CODEX, CODEX_PLUS, type Lab, type Login, makeLab } from './lab.js'

/** A TLS server behind a tap that keeps the first bytes of each connection. */
let upstream: SocketUpstream
let tap: Server
/** The first bytes of a connection by the tap's port, and the ports that asked for an upgrade. */
let hellos: Map<number, Buffer>
let ports: number[]
let lab: Lab | undefined

beforeEach(async () => {
  upstream = await startSocketUpstream(() => [says('hi')], {
    tls,
    deflate: true,
    onUpgrade(incoming) {
      ports.push(incoming.socket.remotePort ?? -1)
      return false
    },
  })
  hellos = new Map()
  ports = []
  const { port } = new URL(upstream.url)
  tap = createServer((socket) => {
    const server = connect(Number(port), '127.0.0.1')
    socket.once('data', (hello) => {
      const keep = (): void => void hellos.set(server.localPort ?? 0, hello)
      if (server.connecting) server.once('connect', keep)
      else keep()
    })
    socket.on('error', () => server.destroy()).pipe(server)
    server.on('error', () => socket.destroy()).pipe(socket)
  })
  await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  tap.close()
  await upstream.close()
  lab?.remove()
})

interface Seen {
  readonly names: string[]
  readonly ja4: string
  readonly extensions: string | undefined
}

async function ask(program: string, login: Login): Promise<Seen> {
  const { port } = tap.address() as AddressInfo
  lab = makeLab(login, `openai_base_url = "https://localhost:${port}/v1"`)
  lab.env.CODEX_PLUS_WEBSOCKET = 'auto'
  const ca = join(lab.root, 'ca.pem')
  copyFileSync(CA_FILE, ca)
  const { code, stdout } = await lab.run(program, ['exec', 'hello'], { env: { CODEX_CA_CERTIFICATE: ca } })
  expect([code, stdout]).toEqual([0, 'hi\n'])
  lab.remove()
  const upgrade = upstream.upgrades.splice(0)[0]
  const hello = hellos.get(ports.splice(0)[0] ?? -1)
  return {
    names: (upgrade?.rawHeaders ?? []).filter((_, index) => index % 2 === 0),
    ja4: hello ? ja4(hello) : 'none',
    extensions: upgrade?.headers['sec-websocket-extensions'],
  }
}

describe('what a server sees of the WebSocket', () => {
  it.each<Login>(['apikey', 'chatgpt'])('is what it sees of bare codex, with %s login', async (login) => {
    const bare = await ask(CODEX, login)
    const plus = await ask(CODEX_PLUS, login)
    expect(bare.ja4).toBe(SOCKET_JA4)
    // An older OpenSSL has no ML-DSA and no ML-KEM: two of the three parts are codex's.
    expect(plus.ja4).toBe(hasOwnHello() ? bare.ja4 : SOCKET_JA4.replace('0d308c48d2a3', 'f9531d972513'))
    expect(plus.names).toEqual(bare.names)
    expect(plus.extensions).toBe(bare.extensions)
  })
})
