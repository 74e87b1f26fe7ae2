import type { Log } from '../log/log.js'

/** A terminal's size in cells. */
export interface Size {
  cols: number
  rows: number
}

/** Keeps the child's size the user's terminal's. */
export interface SizeFollower {
  /** Reads the terminal's size anew and passes it on. */
  adopt(): void
  /** Makes the child draw everything anew: the same size twice sends no SIGWINCH, so it is one row off for a moment. */
  repaint(): void
  dispose(): void
}

/** How long the size of a forced repaint is one row off: two SIGWINCH at once would be one. */
const WIGGLE_MS = 50

/** The size of the user's terminal, read anew; 80x24 where it has none. */
export function readSize(stdout: NodeJS.WriteStream): Size {
  // Node reads the size again only on SIGWINCH, which a suspended or background process does not get.
  const { _refreshSize: refresh } = stdout as { _refreshSize?: () => void }
  refresh?.call(stdout)
  return { cols: stdout.columns || 80, rows: stdout.rows || 24 }
}

/** Starts following; `resize` sets the child's size, `onSize` hears of the terminal's. */
export function followSize(
  stdout: NodeJS.WriteStream,
  resize: (cols: number, rows: number) => void,
  onSize: (cols: number, rows: number) => void,
  log: Log,
): SizeFollower {
  let timer: NodeJS.Timeout | undefined
  const set = (cols: number, rows: number): void => {
    try {
      resize(cols, rows)
    } catch (error) {
      log.debug('terminal.resize.failed', { error: String(error) })
    }
  }
  const pass = (): void => {
    const cols = stdout.columns || 80
    const rows = stdout.rows || 24
    set(cols, rows)
    onSize(cols, rows)
  }
  const adopt = (): void => {
    readSize(stdout)
    pass()
  }
  stdout.on('resize', pass)
  return {
    adopt,
    repaint() {
      const { cols, rows } = readSize(stdout)
      set(cols, rows > 1 ? rows - 1 : rows + 1)
      clearTimeout(timer)
      timer = setTimeout(adopt, WIGGLE_MS)
    },
    dispose() {
      clearTimeout(timer)
      stdout.off('resize', pass)
    },
  }
}
