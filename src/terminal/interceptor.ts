import type { Log } from '../log/log.js'

/** How long typed bytes may wait for an interceptor before they go on as they were typed. */
const PATIENCE_MS = 1000

/** Sees both directions of a PTY run; the seam for features that read the screen or change what is typed. */
export interface TerminalInterceptor {
  /** The child's output, after it went to the terminal. */
  output(bytes: Uint8Array): void
  /** What to write to the child in place of `bytes`; returns the same buffer, synchronously, in the common case. */
  input(bytes: Buffer): Buffer | Promise<Buffer>
  /** The size, once at the start and after every change. */
  resize(cols: number, rows: number): void
}

export interface Interception {
  output(bytes: Uint8Array): void
  input(bytes: Buffer): void
  resize(cols: number, rows: number): void
}

/** Puts `interceptor` before `write`, the child's input. Order is kept while an answer is awaited; a failing one is dropped. */
export function intercept(
  interceptor: TerminalInterceptor | undefined,
  write: (bytes: Buffer) => void,
  log: Log,
): Interception {
  if (!interceptor) return { output() {}, input: write, resize() {} }
  let active: TerminalInterceptor | undefined = interceptor
  let waiting: Buffer[] | undefined

  const drop = (error: unknown): void => {
    active = undefined
    log.error('terminal.interceptor.failed', { error: String(error) })
  }
  const attempt = (act: (with_: TerminalInterceptor) => void): void => {
    if (!active) return
    try {
      act(active)
    } catch (error) {
      drop(error)
    }
  }
  const input = (bytes: Buffer): void => {
    if (waiting) {
      waiting.push(bytes)
      return
    }
    let answer: Buffer | Promise<Buffer> = bytes
    attempt((with_) => {
      answer = with_.input(bytes)
    })
    if (Buffer.isBuffer(answer)) write(answer)
    else follow(answer, bytes)
  }
  const follow = (answer: Promise<Buffer>, typed: Buffer): void => {
    waiting = []
    const go = (bytes: Buffer): void => {
      clearTimeout(timer)
      if (settled) return
      settled = true
      write(bytes)
      const rest = waiting ?? []
      waiting = undefined
      for (const next of rest) input(next)
    }
    let settled = false
    const timer = setTimeout(() => {
      log.warn('terminal.interceptor.slow')
      go(typed)
    }, PATIENCE_MS)
    Promise.resolve(answer).then(go, (error) => {
      drop(error)
      go(typed)
    })
  }
  return {
    output: (bytes) => attempt((with_) => with_.output(bytes)),
    input,
    resize: (cols, rows) => attempt((with_) => with_.resize(cols, rows)),
  }
}
