import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/** The user at the other end of a connection: a user id, or `gone` when it is closed or not in the system's tables. */
export type Peer = number | 'gone'

/** The two ports of a connection. */
export interface ConnectionPorts {
  readonly clientPort: number
  readonly serverPort: number
}

/** Reads one of the kernel's tables of TCP sockets, /proc/net/tcp or /proc/net/tcp6; rejects when it cannot be read. */
export type ReadTable = (name: 'tcp' | 'tcp6') => Promise<string>

/**
 * Creates the check that the other end of a connection to this process belongs to the current user (or root). The address
 * with its secret is in codex's command line, which every user of the machine can read. The check runs once per connection
 * (some ms). A connection that is closed, or whose user cannot be looked up (no descriptors left, no memory), is refused.
 *
 * Whether the system provides the information at all is decided once, here, by looking up the listening socket `port` of
 * this process: only a table that is absent, forbidden, or does not list it (gVisor, a filtered /proc) lets everybody pass.
 */
export function createPeerCheck(
  port: number,
  read: ReadTable = readTable,
  platform: NodeJS.Platform = process.platform,
): (socket: Socket) => Promise<boolean> {
  const own = process.geteuid?.()
  if (platform !== 'linux' || own === undefined) return async () => true
  const table = { tcp: shared(() => read('tcp')), tcp6: shared(() => read('tcp6')) }
  const provided = listsListener(table.tcp, port)
  const known = new WeakMap<Socket, Promise<boolean>>()
  const passes = async (socket: Socket): Promise<boolean> => {
    if (!(await provided)) return true
    try {
      const peer = await peerOf(socket, (name) => table[name]())
      return peer === own || peer === 0
    } catch {
      return false
    }
  }
  return (socket) => {
    const check = known.get(socket) ?? passes(socket)
    known.set(socket, check)
    return check
  }
}

/** Looks up the user who holds the client's end of a loopback connection to this process; rejects as `read` does. */
export async function peerOf({ localPort, remotePort }: Socket, read: ReadTable = readTable): Promise<Peer> {
  // Node no longer has the ports of a connection that was reset.
  if (localPort === undefined || remotePort === undefined) return 'gone'
  const ends = { clientPort: remotePort, serverPort: localPort }
  // A program may reach 127.0.0.1 through an IPv6 socket.
  return findPeer(await read('tcp'), ends) ?? findPeer(await read('tcp6'), ends) ?? 'gone'
}

/**
 * Finds the client's socket in a table of proc(5), /proc/net/tcp: its local address is the client's, its remote one the
 * server's; the eighth column is the user, the tenth the inode. A closed socket has no inode, and its user reads 0, whoever
 * owned it. Null when the table does not list it.
 */
export function findPeer(table: string, { clientPort, serverPort }: ConnectionPorts): Peer | null {
  const [from, to] = [`:${hex(clientPort)}`, `:${hex(serverPort)}`]
  // The tables of a busy machine are long: rows are searched for the port before they are split.
  for (let at = table.indexOf(`${from} `); at !== -1; at = table.indexOf(`${from} `, at + 1)) {
    const end = table.indexOf('\n', at)
    const row = table.slice(table.lastIndexOf('\n', at) + 1, end === -1 ? undefined : end)
    const [, local = '', remote = '', , , , , user = '', , inode = '0'] = row.trim().split(/\s+/)
    if (!local.endsWith(from) || !remote.endsWith(to) || !isLoopback(local) || !isLoopback(remote)) continue
    return /^\d+$/.test(user) && inode !== '0' ? Number(user) : 'gone'
  }
  return null
}

/** Matches 127.0.0.0/8 as the kernel prints it, also mapped into IPv6. */
function isLoopback(address: string): boolean {
  return /^(?:0{16}FFFF0000)?[\dA-F]{6}7F:/.test(address)
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

/** Whether the table is there and lists the listening socket of this process; a failure of another kind counts as yes. */
async function listsListener(read: () => Promise<string>, port: number): Promise<boolean> {
  try {
    return (await read()).includes(`:${hex(port)} 00000000:0000 0A `)
  } catch (error) {
    return !['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}

/** Lets all callers that wait for the next reading share it: many connections at once cost one reading after another. */
function shared(read: () => Promise<string>): () => Promise<string> {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<string> | undefined
  return () => {
    next ??= last.then(() => {
      next = undefined
      const reading = read()
      last = reading.catch(() => {})
      return reading
    })
    return next
  }
}

async function readTable(name: 'tcp' | 'tcp6'): Promise<string> {
  try {
    return await readFile(`/proc/net/${name}`, 'latin1')
  } catch (error) {
    // There is no such table on a system without IPv6.
    if (name === 'tcp6' && (error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
