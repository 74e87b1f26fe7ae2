import type { IBuffer, IBufferLine, Terminal } from '@xterm/headless'

/** Columns in front of a draft's text: `› ` in its first row, blanks below. */
const GUTTER = 2
/** A row that a word continues from ends at most this many columns before the screen's edge. */
const RAGGED = 6

/** The content of codex's composer, as far as the screen shows it. */
export interface Draft {
  /** The text, one line per row; the first row is the draft's first unless `hidden`. */
  readonly text: string
  /** The part of the text before the cursor. */
  readonly beforeCursor: string
  /** The cursor position, in rows and columns from the first character. */
  readonly cursor: { readonly row: number; readonly column: number }
  /** Whether rows above are scrolled out of view. */
  readonly hidden: boolean
  /** What Enter or Tab would insert from a popup above the composer. */
  readonly popup: 'command' | 'mention' | null
  /** Whether vim's normal mode is on, where letters are commands. */
  readonly normalMode: boolean
  /** The parts of codex's status line below the composer, e.g. the model and the working directory. */
  readonly status: readonly string[]
}

/**
 * Reads codex's composer from a screen (codex 0.169): the row that begins with a bold `›`, at or above the cursor, and the
 * rows between them. Returns null when the cursor is elsewhere: in a list, a search or another field.
 */
export function readDraft(terminal: Terminal): Draft | null {
  const screen = terminal.buffer.active
  const top = findTop(screen)
  if (top === null) return null
  const { cursorX, cursorY } = screen
  if (cursorX < GUTTER) return null
  const rows: string[] = []
  for (let row = top; row <= cursorY || (row < terminal.rows && isContinuation(screen, row)); row += 1) {
    rows.push(textOf(lineAt(screen, row), GUTTER))
  }
  const hidden = /\s↑$/.test(rows[0] ?? '')
  if (hidden) rows[0] = (rows[0] ?? '').replace(/\s+↑$/, '')
  const upToCursor = lineAt(screen, cursorY)?.translateToString(false, GUTTER, cursorX) ?? ''
  return {
    text: joinRows(rows, terminal.cols),
    beforeCursor: [...rows.slice(0, cursorY - top), upToCursor].join('\n'),
    cursor: { row: cursorY - top, column: cursorX - GUTTER },
    hidden,
    popup: popupAbove(screen, top),
    normalMode: belowReads(terminal, top + rows.length, /\bVim: Normal\b/),
    status: rowsBelow(terminal, top + rows.length).flatMap((row) => row.split(' · ').map((part) => part.trim())),
  }
}

function findTop(screen: IBuffer): number | null {
  for (let row = screen.cursorY; row >= 0; row -= 1) {
    const line = lineAt(screen, row)
    const mark = line?.getCell(0)
    if (mark?.getChars() === '›') {
      // The selected row of a list is inverse, an earlier prompt of the transcript dim.
      return mark.isBold() && !mark.isInverse() && !mark.isDim() ? row : null
    }
    if (textOf(line, 0, GUTTER) !== '' || /^\s*reverse-i-search:/.test(textOf(line, 0))) return null
  }
  return null
}

/** A blank row ends the draft: below it is codex's status. */
function isContinuation(screen: IBuffer, row: number): boolean {
  const line = lineAt(screen, row)
  return textOf(line, 0, GUTTER) === '' && textOf(line, GUTTER) !== ''
}

/** Joins the parts of a word that is longer than a row: codex breaks it, at a hyphen if there is one. */
function joinRows(rows: readonly string[], cols: number): string {
  let text = rows[0] ?? ''
  let unbroken = !/\s/.test(text)
  for (const [index, row] of rows.slice(1).entries()) {
    const above = rows[index] ?? ''
    const full = above.length >= cols - RAGGED || (above.endsWith('-') && above.length > cols / 2)
    text += unbroken && full ? row : `\n${row}`
    unbroken &&= full && !/\s/.test(row)
  }
  return text
}

/** Finds a popup above the composer: it is separated by one blank row; without a popup there are two. */
function popupAbove(screen: IBuffer, top: number): Draft['popup'] {
  if (textOf(lineAt(screen, top - 1), 0) !== '') return null
  let mention = false
  for (let row = top - 2; row >= 0; row -= 1) {
    const line = lineAt(screen, row)
    const text = textOf(line, 0)
    if (text === 'no matches' || text === '  no matches') return null
    if (text.startsWith('  enter/tab insert')) mention = true
    else if (text === '' && !mention) return null
    else if (line?.getCell(0)?.isInverse()) return mention ? 'mention' : 'command'
  }
  return null
}

function belowReads(terminal: Terminal, from: number, pattern: RegExp): boolean {
  return rowsBelow(terminal, from).some((row) => pattern.test(row))
}

function rowsBelow(terminal: Terminal, from: number): string[] {
  const count = Math.max(0, terminal.rows - from)
  return Array.from({ length: count }, (_, row) => textOf(lineAt(terminal.buffer.active, from + row), 0))
}

function lineAt(screen: IBuffer, row: number): IBufferLine | undefined {
  return row < 0 ? undefined : screen.getLine(screen.baseY + row)
}

function textOf(line: IBufferLine | undefined, from: number, to?: number): string {
  // The emulator treats blanks that codex wrote as text.
  return line?.translateToString(true, from, to).trimEnd() ?? ''
}
