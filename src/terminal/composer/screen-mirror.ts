import type { Terminal } from '@xterm/headless'
import type { Log } from '../../log/log.js'

/** Bytes parsed at once: about a millisecond, so that a key never waits longer. */
const PIECE = 8 * 1024
/** The mirror is given up when it is this many bytes behind the output. */
const FARTHEST_BEHIND = 16 * 1024 * 1024

/** A copy of the user's terminal screen, built from codex's output. It answers no queries: the real terminal does. */
export interface Mirror {
  feed(bytes: Uint8Array): void
  resize(cols: number, rows: number): void
  /** The terminal, when all output is on it and no frame is half drawn; null otherwise. */
  readonly screen: Terminal | null
  readonly cursorVisible: boolean
  /** Whether codex has queried the cursor position and drawn nothing since: without a reply it waits 2 s. */
  readonly asking: boolean
  /** Whether there is a screen to wait for: output has come, and the emulator is loaded or loading. */
  readonly open: boolean
  /** Waits until `test` returns true; resolves with false after `ms`. Tested after each piece of output and every 10 ms. */
  until(test: () => boolean, ms: number): Promise<boolean>
}

const TICK_MS = 10

/** Creates a mirror. The emulator is loaded after codex's first output. */
export function createMirror(log: Log): Mirror {
  let terminal: Terminal | undefined
  let loading = false
  let lost = false
  let size = { cols: 80, rows: 24 }
  let cursorVisible = true
  let asking = false
  let queue: Uint8Array[] = []
  let behind = 0
  let parsing = false
  const watchers = new Set<() => void>()

  const lose = (reason: string): void => {
    lost = true
    queue = []
    behind = 0
    terminal?.dispose()
    terminal = undefined
    log.warn('terminal.mirror.lost', { reason })
  }
  const load = async (): Promise<void> => {
    const { default: xterm } = await import('@xterm/headless')
    // Lines that have left the screen are never read.
    terminal = new xterm.Terminal({ ...size, scrollback: 0, allowProposedApi: true, logLevel: 'off' })
    for (const final of ['h', 'l']) {
      terminal.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
        if (modes.includes(25)) cursorVisible = final === 'h'
        if (modes.includes(2026) && final === 'l') asking = false
        return false
      })
    }
    terminal.parser.registerCsiHandler({ final: 'n' }, ([query]) => {
      if (query === 6) asking = true
      return false
    })
    pump()
  }
  const pump = (): void => {
    if (parsing || terminal === undefined) return
    const piece = takePiece(queue)
    if (piece === null) return
    parsing = true
    terminal.write(piece, () => {
      parsing = false
      behind -= piece.length
      for (const look of watchers) look()
      // Handles keys before the rest of a long output.
      if (queue.length > 0) setImmediate(pump)
    })
  }
  return {
    feed(bytes) {
      if (lost) return
      queue.push(bytes)
      behind += bytes.length
      if (behind > FARTHEST_BEHIND) lose('too far behind')
      else if (terminal) pump()
      else if (!loading) {
        loading = true
        load().catch((error) => lose(String(error)))
      }
    },
    resize(cols, rows) {
      size = { cols, rows }
      terminal?.resize(cols, rows)
    },
    get screen() {
      return terminal && behind === 0 && !terminal.modes.synchronizedOutputMode ? terminal : null
    },
    get open() {
      return loading && !lost
    },
    get asking() {
      return asking
    },
    get cursorVisible() {
      return cursorVisible
    },
    until(test, ms) {
      const deadline = performance.now() + ms
      return new Promise((resolve) => {
        const look = (): void => {
          const holds = test()
          if (!holds && performance.now() < deadline) return
          watchers.delete(look)
          clearInterval(timer)
          resolve(holds)
        }
        const timer = setInterval(look, TICK_MS)
        watchers.add(look)
        look()
      })
    },
  }
}

/** Takes the next bytes of the queue and joins small pieces: each write costs a turn of the event loop. */
function takePiece(queue: Uint8Array[]): Uint8Array | null {
  const parts: Uint8Array[] = []
  let left = PIECE
  while (left > 0) {
    const first = queue[0]
    if (first === undefined) break
    parts.push(first.subarray(0, left))
    if (first.length > left) queue[0] = first.subarray(left)
    else queue.shift()
    left -= first.length
  }
  return parts.length === 1 ? (parts[0] ?? null) : parts.length === 0 ? null : Buffer.concat(parts)
}
