import { readFileSync } from 'node:fs'

/** The resident memory of a process in MB; null where there is no /proc to ask. */
export function residentMegabytes(pid) {
  try {
    const size = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return size === undefined ? null : Number(size) / 1024
  } catch {
    return null
  }
}
