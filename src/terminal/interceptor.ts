import type { Log } from '../log/log.js'
import { splitReplies } from './query-replies.js'

/** How long typed bytes may wait for an interceptor before they are passed on unchanged, in ms. */
const PATIENCE_MS = 3000

/** Sees both directions of a PTY run; for features that read the screen or change the user's input. */
export interface TerminalInterceptor {
  /** Receives the child's output, after it was written to the terminal. */
  output(bytes: Uint8Array): void
  /** Returns the bytes to write to the child in place of `bytes`; usually the same buffer, synchronously. */
  input(bytes: Buffer, ahead: AppInput): Buffer | Promise<Buffer>
  /** Receives the size, at the start and after every change. */
  resize(cols: number, rows: number): void
}

/** Writes to the child before the interceptor's promise resolves; its result then replaces the rest of the input. */
export interface AppInput {
  /** Sends the next `count` bytes of the input as they were typed. */
  typed(count: number): void
  /** Sends bytes that were not typed. */
  added(bytes: Buffer): void
}

export interface Interception {
  output(bytes: Uint8Array): void
  input(bytes: Buffer): void
  resize(cols: number, rows: number): void
}

/**
 * Puts `interceptor` before `write`, the child's input. The order is kept while its promise is pending; an interceptor that
 * fails is no longer used.
 */
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
  const attempt = (act: (target: TerminalInterceptor) => void): void => {
    if (!active) return
    try {
      act(active)
    } catch (error) {
      drop(error)
    }
  }
  const input = (bytes: Buffer): void => {
    if (waiting) {
      // codex queries the cursor position when the size changes, and draws nothing until it has the reply.
      const { replies, keys } = splitReplies(bytes)
      if (replies.length > 0) write(replies)
      if (keys.length > 0) waiting.push(keys)
      return
    }
    let answer: Buffer | Promise<Buffer> = bytes
    const sending = createSending(bytes, write)
    attempt((target) => {
      answer = target.input(bytes, sending)
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
    output: (bytes) => attempt((target) => target.output(bytes)),
    input,
    resize: (cols, rows) => attempt((target) => target.resize(cols, rows)),
  }
}

interface Sending extends AppInput {
  /** Returns the part of the input that was not sent yet. */
  left(): Buffer
  /** Stops sending: the input is complete or the interceptor was too slow. */
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
