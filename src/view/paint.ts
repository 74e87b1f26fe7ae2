// This folder formats what codex-plus shows on a terminal: sessions, traces and the status line.
import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'cyan'

/** Functions that colour a text for a terminal. */
export type Paint = Readonly<Record<Style, (text: string) => string>>

/** Returns the colours for a stream: none if it is not a terminal, TERM is dumb, or NO_COLOR is set (no-color.org). */
export function createPaint(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const enabled = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (style: Style) => (text: string) =>
    enabled && text !== '' ? styleText(style, text, { validateStream: false }) : text
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), cyan: paint('cyan') }
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
