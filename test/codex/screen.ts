import { createRequire } from 'node:module'
import type { Terminal as HeadlessTerminal } from '@xterm/headless'
import { spawn } from 'node-pty'
import { scaled } from '../time.js'
import type { Lab } from './lab.js'

const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as { Terminal: typeof HeadlessTerminal }

/**
 * For tests that type into the real codex: it reads keys by its own clock and drops those that come before what it shows
 * listens, so that on a busy CI machine one may be lost. Nothing else is tried twice.
 */
export const LOST_KEYS = { retry: process.env.CI ? 2 : 0 }

/** A person's terminal with a program in it: a PTY, and an emulator that answers what a terminal is asked. */
export interface Screen {
  readonly pid: number
  /** The visible rows, trimmed on the right. */
  text(): string
  /** All bytes the program has written. */
  bytes(): string
  /** Types at once, as a paste without brackets or a fast typist would. */
  send(keys: string): void
  /** Types key by key, as a person would. */
  type(keys: string): Promise<void>
  resize(cols: number, rows: number): void
  /** Waits until the screen satisfies `wanted`; fails with the screen's text after `timeoutMs`. */
  waitFor(wanted: RegExp | ((text: string) => boolean), timeoutMs?: number): Promise<string>
  /** Resolves when the program has ended. */
  readonly ended: Promise<{ exitCode: number; signal?: number }>
  /**
   * Types a line and sends it, as a person does: codex takes an Enter right behind typed keys for part of a paste, and
   * drops keys that come before what it shows listens.
   */
  enter(line: string): Promise<void>
  /** Leaves codex as a person does, with Ctrl-C; while a turn still ends, the first one is not yet the one that leaves. */
  leave(): Promise<{ exitCode: number; signal?: number }>
  close(): Promise<void>
}

export interface ScreenOptions {
  readonly cols?: number
  readonly rows?: number
  /** A terminal that has the kitty keyboard protocol. */
  readonly kitty?: boolean
}

/** Opens a terminal, of 100 by 30 unless told, and runs `program args` with node in it. */
export function openScreen(
  lab: Lab,
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  { cols = 100, rows = 30, kitty = false }: ScreenOptions = {},
): Screen {
  const terminal = new Terminal({ cols, rows, allowProposedApi: true, scrollback: 2000 })
  const child = spawn(process.execPath, [program, ...args], {
    cols,
    rows,
    cwd: lab.project,
    env: { ...lab.env, ...env },
  })
  let bytes = ''
  let open = true
  const ended = new Promise<{ exitCode: number; signal?: number }>((resolve) => {
    child.onExit((status) => {
      open = false
      resolve(status)
    })
  })
  child.onData((data) => {
    bytes += data
    if (kitty && data.includes('\x1b[?u')) child.write('\x1b[?7u')
    terminal.write(data)
  })
  terminal.onData((reply) => open && child.write(reply))
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  const text = (): string => {
    const buffer = terminal.buffer.active
    const rows = Array.from({ length: terminal.rows }, (_, row) => buffer.getLine(buffer.viewportY + row))
    return rows.map((row) => row?.translateToString(true) ?? '').join('\n')
  }
  const waitFor = async (wanted: RegExp | ((text: string) => boolean), timeoutMs = scaled(45_000)): Promise<string> => {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const now = text()
      if (typeof wanted === 'function' ? wanted(now) : wanted.test(now)) return now
      if (Date.now() > deadline) throw new Error(`the screen never showed ${String(wanted)}:\n${now}`)
      await pause(30)
    }
  }
  const type = async (keys: string): Promise<void> => {
    for (const key of keys) {
      child.write(key)
      await pause(25)
    }
  }
  return {
    pid: child.pid,
    text,
    bytes: () => bytes,
    send: (keys) => child.write(keys),
    type,
    resize(cols, rows) {
      terminal.resize(cols, rows)
      child.resize(cols, rows)
    },
    waitFor,
    ended,
    async enter(line) {
      await pause(250)
      await type(line)
      const last = line.trim().split(/\s+/).at(-1) ?? ''
      await waitFor((now) => now.includes(last))
      await pause(250)
      child.write('\r')
    },
    async leave() {
      const again = setInterval(() => open && child.write('\x03'), 500)
      child.write('\x03')
      const status = await ended
      clearInterval(again)
      return status
    },
    async close() {
      if (open) child.kill('SIGKILL')
      await ended
      terminal.dispose()
    },
  }
}
