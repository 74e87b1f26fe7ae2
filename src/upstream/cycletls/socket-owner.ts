import { readdir, readFile, readlink } from 'node:fs/promises'
import { captureOutput } from '../../process/capture-output.js'

/**
 * Returns whether process `pid` has the remote end of an established loopback connection from `localPort` to `port`, so
 * that no request is sent to another program that took the port. Null when the system does not say.
 */
export async function ownsConnection(pid: number, port: number, localPort: number): Promise<boolean | null> {
  try {
    if (process.platform === 'linux') return await ownsOnLinux(pid, port, localPort)
    if (process.platform === 'darwin') return await ownsOnDarwin(pid, port, localPort)
    if (process.platform === 'win32') return await ownsOnWindows(pid, port, localPort)
  } catch {
    // No /proc, no lsof, no netstat.
  }
  return null
}

/** proc(5), /proc/net/tcp: field 1 the local and 2 the remote address as hex, 9 the inode of the socket. */
async function ownsOnLinux(pid: number, port: number, localPort: number): Promise<boolean> {
  const inodes = new Set<string>()
  // The helper listens on [::], so its end of a connection to 127.0.0.1 is in tcp6; without IPv6 it is in tcp.
  for (const table of ['tcp6', 'tcp']) {
    const lines = await readFile(`/proc/net/${table}`, 'latin1').catch(() => '')
    for (const line of lines.split('\n')) {
      const fields = line.trim().split(/\s+/)
      if (hexPort(fields[1]) === port && hexPort(fields[2]) === localPort) inodes.add(`socket:[${fields[9]}]`)
    }
  }
  for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
    if (inodes.has(target)) return true
  }
  return false
}

function hexPort(address: string | undefined): number {
  return Number.parseInt(address?.slice(address.lastIndexOf(':') + 1) ?? '', 16)
}

async function ownsOnDarwin(pid: number, port: number, localPort: number): Promise<boolean> {
  const open = await output('/usr/sbin/lsof', ['-nP', '-a', '-p', String(pid), '-iTCP', '-sTCP:ESTABLISHED', '-Fn'])
  return open.split('\n').some((line) => line.includes(`:${port}->`) && line.endsWith(`:${localPort}`))
}

async function ownsOnWindows(pid: number, port: number, localPort: number): Promise<boolean> {
  const open = await output('netstat', ['-ano', '-p', 'TCP'])
  return open.split('\n').some((line) => {
    const [, local, remote, , owner] = line.trim().split(/\s+/)
    return local?.endsWith(`:${port}`) && remote?.endsWith(`:${localPort}`) && owner === String(pid)
  })
}

async function output(file: string, options: readonly string[]): Promise<string> {
  const result = await captureOutput(file, options, { env: process.env, timeoutMs: 5_000 })
  if ('failure' in result) throw new Error(`${file} ${result.failure}`)
  return result.stdout
}
