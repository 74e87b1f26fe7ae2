import type { Log } from '../log/log.js'
import { splitReplies } from './query-replies.js'

/** How long typed bytes may wait for an interceptor before they go on as they were typed. */
const PATIENCE_MS = 3000

/** Sees both directions of a PTY run; the seam for features that read the screen or change what is typed. */
export interface TerminalInterceptor {
  /** The child's output, after it went to the terminal. */
  output(bytes: Uint8Array): void
  /** What to write to the child in place of `bytes`; returns the same buffer, synchronously, in the common case. */
  input(bytes: Buffer, ahead: AppInput): Buffer | Promise<Buffer>
  /** The size, once at the start and after every change. */
  resize(cols: number, rows: number): void
}

/** Writes to the child before an awaited answer is there. The answer is then for what is left. */
export interface AppInput {
  /** Sends the next `count` bytes of the input as they were typed. */
  typed(count: number): void
  /** Sends what was not typed. */
  added(bytes: Buffer): void
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
      // codex asks where the cursor is when the size changes, and draws nothing until it is told.
      const { replies, keys } = splitReplies(bytes)
      if (replies.length > 0) write(replies)
      if (keys.length > 0) waiting.push(keys)
      return
    }
    let answer: Buffer | Promise<Buffer> = bytes
    const sending = createSending(bytes, write)
    attempt((with_) => {
      answer = with_.input(bytes, sending)
    })
    if (Buffer.isBuffer(answer)) write(answer)
    else follow(answer, sending)
  }
  const follow = (answer: Promise<Buffer>, sending: Sending): void => {
    waiting = []
    const go = (bytes: Buffer): void => {
      clearTimeout(timer)
      if (settled) return
      settled = true
      sending.close()
      write(bytes)
      const rest = waiting ?? []
      waiting = undefined
      for (const next of rest) input(next)
    }
    let settled = false
    const timer = setTimeout(() => {
      log.warn('terminal.interceptor.slow')
      go(sending.left())
    }, PATIENCE_MS)
    Promise.resolve(answer).then(go, (error) => {
      drop(error)
      go(sending.left())
    })
  }
  return {
    output: (bytes) => attempt((with_) => with_.output(bytes)),
    input,
    resize: (cols, rows) => attempt((with_) => with_.resize(cols, rows)),
  }
}

interface Sending extends AppInput {
  /** What of the input was not sent yet. */
  left(): Buffer
  /** Nothing is sent any more: the answer came too late. */
  close(): void
}

function createSending(input: Buffer, write: (bytes: Buffer) => void): Sending {
  let sent = 0
  let open = true
  return {
    typed(count) {
      if (!open) return
      write(input.subarray(sent, sent + count))
      sent += count
    },
    added(bytes) {
      if (open) write(bytes)
    },
    left: () => input.subarray(sent),
    close() {
      open = false
    },
  }
}
