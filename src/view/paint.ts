// This folder formats what codex-plus shows on a terminal: sessions, traces and the status line.
/** Functions that colour a text for a terminal. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  cyan(text: string): string
}

/** Returns the colours for a stream: none if it is not a terminal, TERM is dumb, or NO_COLOR is set (no-color.org). */
export function createPaint(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const enabled = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint =
    (on: number, off: number) =>
    (text: string): string =>
      enabled && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), green: paint(32, 39), cyan: paint(36, 39) }
}

/** Returns the text in at most `width` columns, cut with an ellipsis. */
export function shorten(text: string, width: number): string {
  let columns = 0
  let kept = ''
  for (const character of text) {
    const next = columns + (WIDE.test(character) ? 2 : 1)
    if (next > width) return `${cutTo(kept, width - 1)}…`
    columns = next
    kept += character
  }
  return text
}

function cutTo(text: string, width: number): string {
  const characters = [...text]
  const columns = (): number => characters.reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0)
  while (columns() > width) characters.pop()
  return characters.join('')
}

/** Characters that are two columns wide: East Asian scripts, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Returns the width of the terminal in columns, at least 40; 80 if the stream is not a terminal. */
export function terminalWidth(stream: { readonly columns?: number }): number {
  return Math.max(40, stream.columns ?? 80)
}
