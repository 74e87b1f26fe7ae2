import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadStream } from 'node:tty'
import { fileURLToPath } from 'node:url'
import { type IPty, spawn } from 'node-pty'
import { afterEach } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import { holdForDrain } from '../../src/terminal/drain-output.js'
import { scaled } from '../time.js'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/terminal/${name}`, import.meta.url))
export const RUNNER = fixture('run.mjs')
export const CHILD = fixture('child.mjs')
export const NODE = process.execPath

/** The user's terminal: a PTY of its own, and what came out of it. */
export interface Outer {
  pty: IPty
  bytes(): Buffer
  text(): string
  type(bytes: string | Buffer): void
  /** Resolves with the text once it matches; rejects after `ms`. */
  until(what: string | RegExp, ms?: number): Promise<string>
  exit: Promise<{ exitCode: number; signal?: number | undefined }>
  /** What the runner reported so far. */
  report(): Record<string, unknown>[]
}

const open: { pty: IPty; folder: string; exited: boolean }[] = []

afterEach(() => {
  for (const { pty, folder, exited } of open.splice(0)) {
    if (!exited) pty.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }
})

/** Starts `file` in a terminal of 90 by 31. */
export function outer(file: string, args: string[], env: NodeJS.ProcessEnv = {}): Outer {
  const folder = mkdtempSync(join(tmpdir(), 'codex-plus-terminal-'))
  const report = join(folder, 'report')
  writeFileSync(report, '')
  const pty = spawn(file, args, {
    cols: 90,
    rows: 31,
    encoding: null,
    cwd: folder,
    env: { ...process.env, TERM: 'xterm-256color', HISTFILE: '/dev/null', RUNNER_REPORT: report, ...env },
  })
  const entry = { pty, folder, exited: false }
  open.push(entry)
  const chunks: Buffer[] = []
  const inside = pty as unknown as { _pty: string; _socket: ReadStream & { isPaused(): boolean } }
  // The terminal of the test must not cut the end off either.
  const drain = holdForDrain(
    { pid: pty.pid, slave: inside._pty, socket: inside._socket },
    () => inside._socket.isPaused(),
    () => {},
    silentLog,
  )
  pty.onData((chunk) => {
    drain.touch()
    chunks.push(chunk as unknown as Buffer)
  })
  const exit = new Promise<{ exitCode: number; signal?: number | undefined }>((resolve) => {
    pty.onExit((status) => {
      entry.exited = true
      resolve(status)
    })
  })
  const bytes = (): Buffer => Buffer.concat(chunks)
  const text = (): string => bytes().toString('latin1')
  return {
    pty,
    bytes,
    text,
    exit,
    type: (typed) => pty.write(typed as string),
    until: (what, ms = scaled(30_000)) =>
      poll(
        () => (typeof what === 'string' ? text().includes(what) : what.test(text())) && text(),
        ms,
        () => `no ${what} in ${JSON.stringify(text().slice(-400))}`,
      ),
    report: () =>
      readFileSync(report, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

/** The runner in a terminal, around `child.mjs` doing `act`. */
export function run(act: string[], env: NodeJS.ProcessEnv = {}): Outer {
  return outer(NODE, [RUNNER, NODE, CHILD, ...act], env)
}

/** Asks every 10 ms until `ask` answers something; rejects with `otherwise` after `ms`. */
export async function poll<T>(
  ask: () => T | false | undefined | null | '',
  ms: number,
  otherwise: () => string,
): Promise<T> {
  const end = performance.now() + ms
  for (;;) {
    const answer = ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(otherwise())
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Text with its escape characters made visible, for patterns. */
export const shown = (text: string): string => text.replaceAll('\x1b', '␛')

/** A process's state letter as the kernel gives it, or null when it is gone. */
export function stateOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
  } catch {
    return null
  }
}
