import { closeSync, constants, openSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import type { Log } from '../log/log.js'

const TICK_MS = 4
const SILENCE_MS = 8
const TICK_STALLED_MS = 50
/** How many ticks to check, after a SIGCHLD, whether the child has been reaped. */
const REAP_TICKS = 50

export interface DrainedPty {
  pid: number
  /** The child's side of the PTY, `/dev/pts/N`. */
  slave: string
  socket: ReadStream
}

export interface Drain {
  /** Notes that the child wrote something, or is being read again. */
  touch(): void
  /** Closes the PTY now, even with unread output. */
  giveUp(): void
  dispose(): void
}

/**
 * Makes sure that all of the child's output is read before node-pty closes the PTY.
 * Otherwise node-pty 1.1.0 loses the end: libuv takes the hang-up for the end of the data after the first short read.
 * This function keeps the child's side open until the child is reaped and the stream silent, and delays node-pty's own
 * `destroy`, which comes 200 ms after the exit whether or not everything was read.
 */
export function holdForDrain(pty: DrainedPty, stalled: () => boolean, onChildGone: () => void, log: Log): Drain {
  let slave: number | null = null
  try {
    slave = openSync(pty.slave, constants.O_RDWR | constants.O_NOCTTY)
  } catch (error) {
    log.warn('terminal.drain.unavailable', { error: String(error) })
    return { touch() {}, giveUp: () => void pty.socket.destroy(), dispose() {} }
  }
  const { socket } = pty
  const destroy = socket.destroy
  let gone = false
  let lastData = performance.now()
  let ticks = 0
  let quiet = 0
  let timer: NodeJS.Timeout | undefined

  const release = (): void => {
    if (slave === null) return
    process.off('SIGCHLD', look)
    clearTimeout(timer)
    closeSync(slave)
    slave = null
    socket.destroy = destroy
  }
  const leave = (): void => {
    if (gone) return
    gone = true
    onChildGone()
  }
  const tick = (): void => {
    timer = undefined
    if (slave === null) return
    if (!gone && !isAlive(pty.pid)) leave()
    if (!gone && ++ticks > REAP_TICKS) return
    const waiting = stalled()
    quiet = gone && !waiting && performance.now() - lastData >= SILENCE_MS ? quiet + 1 : 0
    if (quiet >= 2) {
      release()
      socket.destroy()
      return
    }
    // The immediate ensures one poll of the PTY between two checks, even on a busy machine.
    timer = setTimeout(() => setImmediate(tick), waiting ? TICK_STALLED_MS : TICK_MS)
  }
  const look = (): void => {
    ticks = 0
    timer ??= setTimeout(tick, 0)
  }
  socket.destroy = () => {
    leave()
    look()
    return socket
  }
  process.on('SIGCHLD', look)
  look()
  return {
    touch() {
      lastData = performance.now()
    },
    giveUp() {
      release()
      socket.destroy()
    },
    dispose: release,
  }
}

/** Returns whether process `pid` exists, also when this process may not signal it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
