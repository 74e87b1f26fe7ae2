/** The title of the user's terminal, in a run whose child leaves it alone. */
export interface TitleBar {
  /** Shows a text; only the newest counts. It is written between two writes of the child. */
  show(text: string): void
  /** The child has written; `inside` says whether its output stops inside an escape sequence. */
  childWrote(bytes: Uint8Array, inside: boolean): void
  /** Gives the terminal its former title back. */
  close(): void
}

/** Keeps and restores the window title (XTWINOPS 22 and 23, ctlseqs); terminals that do not know them ignore them. */
const KEEP = '\x1b[22;2t'
const RESTORE = '\x1b[23;2t'

/** Makes the title bar of a terminal that is written to with `write`. */
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

/** One line without control characters: a title must not be able to end itself and go on as something else. */
function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}
