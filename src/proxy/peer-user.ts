import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/** The user at the other end of a connection: a user id, `gone` when it is closed, or null when the system does not say. */
export type Peer = number | 'gone' | null

/** The two ports of a connection. */
export interface ConnectionPorts {
  readonly clientPort: number
  readonly serverPort: number
}

/**
 * Creates the check that the other end of a connection belongs to the current user (or root). The address with its secret
 * is in codex's command line, which every user of the machine can read. The check runs once per connection (some ms) and
 * passes when the system does not say. A closed connection is refused, because its user is unknown.
 */
export function createPeerCheck(
  lookup: (socket: Socket) => Promise<Peer> = peerOf,
): (socket: Socket) => Promise<boolean> {
  const own = process.geteuid?.()
  const known = new WeakMap<Socket, Promise<boolean>>()
  const passes = async (socket: Socket): Promise<boolean> => {
    const peer = await lookup(socket)
    return peer === null || own === undefined || peer === own || peer === 0
  }
  return (socket) => {
    const check = known.get(socket) ?? passes(socket)
    known.set(socket, check)
    return check
  }
}

/** Looks up the user who holds the client's end of a loopback connection to this process. */
export async function peerOf({ localPort, remotePort }: Socket): Promise<Peer> {
  if (process.platform !== 'linux') return null
  // Node no longer has the ports of a connection that was reset.
  if (localPort === undefined || remotePort === undefined) return 'gone'
  const ends = { clientPort: remotePort, serverPort: localPort }
  const table = await readTable('tcp')
  // A table without this process's own listening socket (gVisor, a filtered /proc) is not reliable.
  if (!table.includes(`:${hex(localPort)} 00000000:0000 0A `)) return null
  // A program may reach 127.0.0.1 through an IPv6 socket.
  return findPeer(table, ends) ?? findPeer(await readTable('tcp6'), ends) ?? 'gone'
}

/**
 * Finds the client's socket in a table of proc(5), /proc/net/tcp: its local address is the client's, its remote one the
 * server's; the eighth column is the user, the tenth the inode. A closed socket has no inode, and its user reads 0, whoever
 * owned it.
 */
export function findPeer(table: string, { clientPort, serverPort }: ConnectionPorts): Peer {
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

async function readTable(name: 'tcp' | 'tcp6'): Promise<string> {
  return await readFile(`/proc/net/${name}`, 'latin1').catch(() => '')
}
