import type { ReadStream } from 'node:tty'

/** What `spawn` of node-pty takes (node-pty 1.1, typings/node-pty.d.ts). */
export interface PtyOptions {
  readonly cols: number
  readonly rows: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** null: data comes as bytes. */
  readonly encoding: null
}

/** A program that runs in a PTY, with the members of node-pty's Unix terminal that codex-plus uses. */
export interface UnixPty {
  readonly pid: number
  /** The master's descriptor. */
  readonly fd: number
  readonly _socket: ReadStream
  /** The child's side of the PTY, `/dev/pts/N`. */
  readonly _pty?: string
  readonly ptsName?: string
  write(data: string | Buffer): void
  resize(cols: number, rows: number): void
  kill(signal?: string): void
  pause(): void
  resume(): void
  onData(listener: (data: Buffer) => void): { dispose(): void }
  onExit(listener: (status: { exitCode: number; signal?: number | undefined }) => void): { dispose(): void }
}

/**
 * A package with node-pty's interface. The types are declared here, so that codex-plus builds where the optional package
 * could not be installed.
 */
export interface PtyModule {
  spawn(file: string, args: readonly string[], options: PtyOptions): UnixPty
}
