import type { Log } from '../log/log.js'

/** A terminal's size in cells. */
export interface Size {
  cols: number
  rows: number
}

/** Keeps the child's window size equal to that of the user's terminal. */
export interface SizeFollower {
  /** Reads the terminal's size and passes it on. */
  adopt(): void
  /** Makes the child redraw everything: an unchanged size sends no SIGWINCH, so it is one row off for a moment. */
  repaint(): void
  dispose(): void
}

/** How long the size is one row off, in ms: two SIGWINCH at once would arrive as one. */
const WIGGLE_MS = 50

/** Reads the size of the user's terminal; 80x24 when it has none. */
export function readSize(stdout: NodeJS.WriteStream): Size {
  // Node updates the size only on SIGWINCH, which a suspended or background process does not get.
  const { _refreshSize: refresh } = stdout as { _refreshSize?: () => void }
  refresh?.call(stdout)
  return { cols: stdout.columns || 80, rows: stdout.rows || 24 }
}

/** Starts following the size; `resize` sets the child's size, `onSize` receives the terminal's. */
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
