import { writeSync } from 'node:fs'
import type { Log } from '../log/log.js'

/** When more bytes than this wait for the user's terminal, the child is paused. */
const OUTPUT_LIMIT = 256 * 1024
/** When more bytes than this wait for the child, the user's terminal is no longer read. */
const INPUT_LIMIT = 64 * 1024
const CHUNK = 4096
const LONGEST_WAIT_MS = 25

/** Writes to the user's terminal without ever blocking this process. */
export interface Output {
  write(bytes: Uint8Array): void
  /** Resolves when everything written so far has been sent or can no longer be sent. */
  flush(): Promise<void>
  /** Whether the child is paused because the terminal accepts no output. */
  readonly stalled: boolean
  close(): void
}

/** Starts writing to `stdout`; calls `onStall` to pause (true) or resume (false) the source, `onGone` when it is closed. */
export function openOutput(stdout: NodeJS.WriteStream, onStall: (on: boolean) => void, onGone: () => void): Output {
  let stalled = false
  let gone = false
  const waiting = new Set<() => void>()
  const settle = (): void => {
    for (const done of waiting) done()
    waiting.clear()
  }
  const drained = (): void => {
    if (!stalled) return
    stalled = false
    onStall(false)
  }
  const failed = (): void => {
    if (gone) return
    gone = true
    drained()
    settle()
    onGone()
  }
  setBlocking(stdout, false)
  stdout.on('drain', drained)
  stdout.on('error', failed)
  stdout.on('close', failed)
  return {
    write(bytes) {
      if (gone) return
      stdout.write(bytes)
      if (stalled || stdout.writableLength <= OUTPUT_LIMIT) return
      stalled = true
      onStall(true)
    },
    flush() {
      if (gone || stdout.writableLength === 0) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.add(resolve)
        stdout.write('', () => {
          waiting.delete(resolve)
          resolve()
        })
      })
    },
    get stalled() {
      return stalled
    },
    close() {
      stdout.off('drain', drained)
      stdout.off('close', failed)
      // The error listener stays: a late EPIPE must not become an uncaught exception.
      gone = true
      settle()
      setBlocking(stdout, true)
    },
  }
}

/** Node makes a terminal's stdout blocking; there is no public API to undo that. */
function setBlocking(stdout: NodeJS.WriteStream, on: boolean): void {
  const { _handle: handle } = stdout as { _handle?: { setBlocking?(on: boolean): void } }
  handle?.setBlocking?.(on)
}

/** Writes to the child's end of the PTY, in order. */
export interface Input {
  write(bytes: Buffer): void
  /** Stops all writes: the descriptor may soon belong to another file. */
  close(): void
}

/**
 * Starts writing to the PTY master `descriptor` (non-blocking); calls `onPressure` to pause or resume the source.
 * It replaces node-pty's writer, which retries EAGAIN in a busy loop (https://github.com/microsoft/node-pty/pull/956).
 */
export function openInput(descriptor: number, onPressure: (on: boolean) => void, log: Log): Input {
  let queue: Buffer[] = []
  let pending = 0
  let wait = 1
  let timer: NodeJS.Timeout | NodeJS.Immediate | undefined
  let held = false
  let closed = false

  const pressure = (on: boolean): void => {
    if (held === on) return
    held = on
    onPressure(on)
  }
  const drop = (): void => {
    queue = []
    pending = 0
    pressure(false)
  }
  const pump = (): void => {
    timer = undefined
    for (let turn = 0; turn < INPUT_LIMIT / CHUNK; turn++) {
      const head = queue[0]
      if (closed || head === undefined) return
      try {
        const written = writeSync(descriptor, head, 0, Math.min(CHUNK, head.length))
        wait = 1
        pending -= written
        if (written === head.length) queue.shift()
        else queue[0] = head.subarray(written)
        if (pending <= INPUT_LIMIT / 4) pressure(false)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
          closed = true
          drop()
          log.debug('terminal.input.closed', { error: String(error) })
          return
        }
        timer = setTimeout(pump, wait)
        wait = Math.min(wait * 2, LONGEST_WAIT_MS)
        return
      }
    }
    timer = setImmediate(pump)
  }
  return {
    write(bytes) {
      if (closed || bytes.length === 0) return
      queue.push(bytes)
      pending += bytes.length
      if (pending > INPUT_LIMIT) pressure(true)
      if (timer === undefined) pump()
    },
    close() {
      closed = true
      if (timer !== undefined) {
        clearTimeout(timer as NodeJS.Timeout)
        clearImmediate(timer as NodeJS.Immediate)
      }
      drop()
    },
  }
}
