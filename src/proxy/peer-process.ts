import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Socket } from 'node:net'
import type { Route } from './access-guard.js'

/** Whether the process at the other end of a connection may use a route. */
export type ProcessCheck = (socket: Socket, route: Route) => Promise<boolean>

export interface ProcessCheckOptions {
  /** Whether a process that codex started, by its arguments, is a hook of codex-plus. */
  isHook(args: readonly string[]): boolean
}

/** What is known about the process that holds a socket. */
interface Owner {
  readonly pid: number
  /** The processes above it, the nearest first, up to this process or the first that is not known. */
  readonly above: readonly number[]
}

/**
 * Creates the check that a connection comes from codex itself, or with the route `hooks` from a hook that codex started: the
 * commands of the model are processes below codex, too, and may have learned an address. The first process that uses codex's
 * API or an MCP server is codex, as no command of the model runs before. Only Linux tells whose a socket is (proc(5)); where it
 * does not, every process passes.
 */
export function createProcessCheck({ isHook }: ProcessCheckOptions): ProcessCheck {
  const known = new WeakMap<Socket, Promise<boolean>>()
  let codex: number | undefined

  const passes = async (socket: Socket, route: Route): Promise<boolean> => {
    const inode = await inodeOf(socket)
    if (inode === null) return true
    const held = codex === undefined ? null : await holds(codex, inode)
    if (held === true && route !== 'hooks') return true
    const { owner, hidden } = await findOwner(inode)
    // A process that hides its descriptors passes only if codex hides its own: a command of the model can hide, too.
    if (owner === null) return held === null && (hidden || codex === undefined)
    if (route === 'hooks') return await isHookOf(owner)
    if (codex === undefined || !(await isAlive(codex))) codex = owner.pid
    return owner.pid === codex
  }
  /** The process right below codex has to be a hook; before codex is known, any process above the owner may be one. */
  const isHookOf = async ({ pid, above }: Owner): Promise<boolean> => {
    const line = [pid, ...above]
    const at = codex === undefined ? -1 : line.indexOf(codex)
    if (codex !== undefined && at < 1) return false
    const candidates = at === -1 ? line : line.slice(at - 1, at)
    for (const candidate of candidates) if (isHook(await argumentsOf(candidate))) return true
    return false
  }
  return (socket, route) => {
    const check = known.get(socket) ?? passes(socket, route)
    known.set(socket, check)
    return check
  }
}

/** Returns the inode of the client's end of a loopback connection; null when the system does not tell. */
async function inodeOf({ localPort, remotePort }: Socket): Promise<string | null> {
  if (process.platform !== 'linux' || localPort === undefined || remotePort === undefined) return null
  const [from, to] = [`:${hex(remotePort)}`, `:${hex(localPort)}`]
  for (const name of ['tcp', 'tcp6']) {
    const table = await readFile(`/proc/net/${name}`, 'latin1').catch(() => '')
    for (let at = table.indexOf(`${from} `); at !== -1; at = table.indexOf(`${from} `, at + 1)) {
      const row = table.slice(table.lastIndexOf('\n', at) + 1, table.indexOf('\n', at))
      // proc(5): local address, remote address, ..., inode.
      const [, local = '', remote = '', , , , , , , inode = '0'] = row.trim().split(/\s+/)
      if (local.endsWith(from) && remote.endsWith(to) && inode !== '0') return inode
    }
  }
  return null
}

/** Searches the processes below this one for the holder of a socket; `hidden`: some of them could not be looked into. */
async function findOwner(inode: string): Promise<{ owner: Owner | null; hidden: boolean }> {
  let hidden = false
  let level: Owner[] = [{ pid: process.pid, above: [] }]
  while (level.length > 0) {
    const next: Owner[] = []
    for (const { pid, above } of level) {
      for (const child of await childrenOf(pid)) {
        const found: Owner = { pid: child, above: [pid, ...above] }
        const held = await holds(child, inode)
        if (held === true) return { owner: found, hidden }
        if (held === null && (await isAlive(child))) hidden = true
        next.push(found)
      }
    }
    level = next
  }
  return { owner: null, hidden }
}

/** proc(5), /proc/PID/task/TID/children: each thread lists the processes it started. */
async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'latin1').catch(() => '')),
  )
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

/** Whether a process has a socket open; null when its descriptors cannot be read. */
async function holds(pid: number, inode: string): Promise<boolean | null> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => null)
  if (descriptors === null) return null
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return targets.includes(`socket:[${inode}]`)
}

async function argumentsOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return text.split('\0').slice(0, -1)
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}
