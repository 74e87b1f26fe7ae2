import { withoutControls } from './printable.js'

/** The title of the user's terminal, in a run whose child does not set it. */
export interface TitleBar {
  /** Shows a text; only the newest is kept. It is written between two writes of the child. */
  show(text: string): void
  /** Notes that the child has written; `inside` says whether its output ends inside an escape sequence. */
  childWrote(bytes: Uint8Array, inside: boolean): void
  /** Restores the terminal's former title. */
  close(): void
}

/** Sequences that save and restore the window title (XTWINOPS 22 and 23, ctlseqs); unsupported ones are ignored. */
const KEEP = '\x1b[22;2t'
const RESTORE = '\x1b[23;2t'

/** Creates the title bar of a terminal that `write` writes to. */
export function openTitleBar(write: (bytes: Uint8Array) => void): TitleBar {
  let next: string | undefined
  let shown: string | undefined
  let between = true
  const flush = (): void => {
    if (next === undefined || !between || next === shown) return
    write(Buffer.from(`${shown === undefined ? KEEP : ''}\x1b]2;${next}\x07`))
    shown = next
    next = undefined
  }
  return {
    show(text) {
      next = plain(text)
      flush()
    },
    childWrote(bytes, inside) {
      // A chunk may also end in the middle of a character.
      between = !inside && (bytes.at(-1) ?? 0) < 0x80
      flush()
    },
    close() {
      if (shown !== undefined) write(Buffer.from(RESTORE))
      shown = undefined
      between = false
    },
  }
}

/** Returns one line without control characters: a title must not be able to contain other sequences. */
function plain(text: string): string {
  return withoutControls(text).trim().slice(0, 200)
}
