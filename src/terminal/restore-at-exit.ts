import { writeSync } from 'node:fs'
import type { Log } from '../log/log.js'
import { leaveRaw } from './raw-mode.js'
import type { Modes } from './terminal-modes.js'

const TRIES = 50

export interface Restore {
  /** Restores the terminal at once; does nothing on later calls. */
  now(): void
  dispose(): void
}

/** Restores the terminal on every exit of this process: a return, `process.exit`, an uncaught exception. */
export function restoreAtExit(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream, modes: Modes, log: Log): Restore {
  let done = false
  const now = (): void => {
    if (done) return
    done = true
    writeBounded((stdout as NodeJS.WriteStream & { fd: number }).fd, modes.restoreSequence())
    leaveRaw(stdin, log)
  }
  process.on('exit', now)
  return {
    now,
    dispose() {
      process.off('exit', now)
    },
  }
}

/** Writes for at most about 250 ms: a terminal that accepts no output must not keep this process from ending. */
function writeBounded(descriptor: number, text: string): void {
  let bytes = Buffer.from(text, 'latin1')
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let turn = 0; turn < TRIES && bytes.length > 0; turn++) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(clock, 0, 0, 5)
    }
  }
}
