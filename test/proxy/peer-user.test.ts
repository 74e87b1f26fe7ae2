import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPeerCheck, findPeer, type Peer, peerOf } from '../../src/proxy/peer-user.js'
import { requestBytes } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'

const onLinux = process.platform === 'linux'
/** Another user's rights can be had by root alone. */
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
const canBeNobody =
  onLinux && process.getuid?.() === 0 && spawnSync('setpriv', [...asNobody.slice(1), 'true']).status === 0

/** Sends bytes from a process of another user and prints what comes back. */
async function sendAsNobody(port: number, bytes: Buffer): Promise<string> {
  const program = `const s = require('node:net').connect(${port}, '127.0.0.1', () => s.write(Buffer.from('${bytes.toString('hex')}', 'hex')))
  s.pipe(process.stdout); s.on('error', () => {})`
  const [file = '', ...args] = [...asNobody, process.execPath, '-e', program]
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
  })
  await once(child, 'close')
  return output
}

describe.runIf(onLinux)('who is at the other end', () => {
  let server: Server
  let port: number
  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterEach(() => void server.close())

  const accepted = async (): Promise<Socket> =>
    ((await once(server, 'connection')) as [Socket])[0].on('error', () => {})

  it.each(['127.0.0.1', '::ffff:127.0.0.1'])('is our own user, over %s', async (host) => {
    const [socket, client] = [accepted(), connect(port, host)]
    expect(await peerOf(await socket)).toBe(process.geteuid?.())
    client.destroy()
    ;(await socket).destroy()
  })

  it.each(['end', 'reset'])('is gone after its %s', async (how) => {
    const client = connect(port, '127.0.0.1')
    const socket = await accepted()
    if (how === 'reset') client.resetAndDestroy()
    else client.destroy()
    await once(client, 'close')
    expect(await peerOf(socket)).toBe('gone')
    socket.destroy()
  })

  it('is still there after it has sent all', async () => {
    const client = connect(port, '127.0.0.1')
    const socket = await accepted()
    client.end()
    await once(socket.resume(), 'end')
    expect(await peerOf(socket)).toBe(process.geteuid?.())
    socket.destroy()
  })

  it('is told apart among others, and is in no table on a port that is not ours', async () => {
    const clients = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'))
    const sockets = await Promise.all(
      clients.map(async (client) => {
        await once(client, 'connect')
        return client
      }),
    )
    for (const { localPort = 0 } of sockets) {
      const ends = { remotePort: localPort, localPort: port } as Socket
      expect(await peerOf(ends)).toBe(process.geteuid?.())
    }
    expect(await peerOf({ remotePort: sockets[0]?.localPort, localPort: 1 } as Socket)).toBe('gone')
    for (const client of clients) client.destroy()
  })

  it.runIf(canBeNobody)('is another user', async () => {
    const socket = accepted()
    const sent = sendAsNobody(port, Buffer.from('x'))
    expect(await peerOf(await socket)).toBe(65534)
    ;(await socket).destroy()
    await sent
  })
})

describe('a row of the table', () => {
  const row = (local: string, remote: string, user: number, inode: number): string =>
    `   8: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  ${user}        0 ${inode} 1 000000000f0ce5b8 20 0 0 10 -1`
  const ends = { clientPort: 0xb878, serverPort: 0x9069 }
  it.each<[name: string, rows: string[], peer: Peer | null]>([
    ['is found', [row('0100007F:B878', '0100007F:9069', 1000, 5)], 1000],
    [
      'is found mapped into IPv6',
      [row('0000000000000000FFFF00000100007F:B878', '0000000000000000FFFF00000100007F:9069', 7, 5)],
      7,
    ],
    ['of our own end does not count', [row('0100007F:9069', '0100007F:B878', 1000, 5)], null],
    [
      'of the same ports elsewhere does not count',
      [row('0A00000A:B878', '0B00000A:9069', 1000, 5), row('0100007F:B878', '0100007F:9069', 5, 5)],
      5,
    ],
    ['of the same port to another does not count', [row('0100007F:B878', '0100007F:9068', 1000, 5)], null],
    ['without an inode is nobody’s', [row('0100007F:B878', '0100007F:9069', 0, 0)], 'gone'],
    ['that is cut is nobody’s', ['  1: 0100007F:B878 0100007F:9069 01'], 'gone'],
    ['that is not there', [], null],
  ])('%s', (_name, rows, peer) => {
    expect(findPeer(['  sl  local_address', ...rows, ''].join('\n'), ends)).toBe(peer)
  })
})

describe('the check', () => {
  const own = process.geteuid?.() ?? 0
  const LISTENER = '  0: 0100007F:9069 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 4 1 0\n'
  const client = (user: number, inode = 5): string =>
    `  1: 0100007F:B878 0100007F:9069 01 00000000:00000000 00:00000000 00000000 ${user} 0 ${inode} 1 0\n`
  const socket = (): Socket => ({ localPort: 0x9069, remotePort: 0xb878 }) as Socket
  const failing = (code: string) => async (): Promise<string> => {
    throw Object.assign(new Error(code), { code })
  }

  it.each<[who: string, table: string, passes: boolean]>([
    ['the own user', LISTENER + client(own), true],
    ['root', LISTENER + client(0), true],
    ['another user', LISTENER + client(own + 1), false],
    ['a closed connection', LISTENER + client(own, 0), false],
    ['a connection that no table lists', LISTENER, false],
    ['anybody, where the table does not list what this process listens on', client(own + 1), true],
  ])('of %s: %s passes is %s, and looks once', async (_who, table, passes) => {
    let looked = 0
    const check = createPeerCheck(
      0x9069,
      async (name) => {
        looked += 1
        return name === 'tcp' ? table : ''
      },
      'linux',
    )
    const one = socket()
    await check(one)
    const after = looked
    expect([await check(one), await check(one)]).toEqual([passes, passes])
    expect(looked).toBe(after)
  })

  it.each(['ENOENT', 'EACCES', 'EPERM'])('lets everybody pass where the table is not to be had (%s)', async (code) => {
    expect(await createPeerCheck(0x9069, failing(code), 'linux')(socket())).toBe(true)
  })

  it.each(['EMFILE', 'ENFILE', 'ENOMEM', 'EIO'])('refuses when looking fails (%s), at the start too', async (code) => {
    expect(await createPeerCheck(0x9069, failing(code), 'linux')(socket())).toBe(false)
  })

  it.each(['EMFILE', 'ENOMEM', 'ENOENT', 'EACCES'])('refuses when a later look fails (%s)', async (code) => {
    let looked = 0
    const read = async (): Promise<string> => (looked++ === 0 ? LISTENER : await failing(code)())
    const check = createPeerCheck(0x9069, read, 'linux')
    expect(await check(socket())).toBe(false)
  })

  it('refuses when a later table does not list what this process listens on', async () => {
    let looked = 0
    const read = async (): Promise<string> => (looked++ === 0 ? LISTENER : '')
    expect(await createPeerCheck(0x9069, read, 'linux')(socket())).toBe(false)
  })

  it('reads the table once for many connections that come together', async () => {
    let looked = 0
    const read = async (name: string): Promise<string> => {
      if (name === 'tcp') looked += 1
      return name === 'tcp' ? LISTENER + client(own) : ''
    }
    const check = createPeerCheck(0x9069, read, 'linux')
    const sockets = Array.from({ length: 200 }, socket)
    expect(await Promise.all(sockets.map(check))).toEqual(sockets.map(() => true))
    expect(looked).toBeLessThan(5)
  })
})

describe('the proxy', () => {
  let proxy: ProxyUnderTest
  beforeEach(async () => {
    proxy = await startProxy(
      () => respond(200, [], 'here'),
      {},
      { mcp: async ({ outgoing }) => void outgoing.end('tool') },
    )
  })
  afterEach(() => proxy.close())

  it.runIf(canBeNobody).each(['/v1/responses', '/mcp/server'])(
    'closes the connection of another user (%s), whatever it knows',
    async (path) => {
      const bytes = requestBytes(proxy.port, 'POST', `/${proxy.secret}${path}`, { connection: 'close' }, '{}')
      expect(await sendAsNobody(proxy.port, bytes)).toBe('')
      expect(proxy.sent).toEqual([])
      expect(proxy.requestCount()).toBe(0)
    },
  )

  it.runIf(onLinux)('does nothing for somebody who sent a request and hung up', async () => {
    const client = connect(proxy.port, '127.0.0.1')
    client.write(requestBytes(proxy.port, 'POST', proxy.target('/responses'), {}, '{}'), () => client.resetAndDestroy())
    await once(client, 'close')
    await sleep(200)
    expect(proxy.sent).toEqual([])
  })
})
