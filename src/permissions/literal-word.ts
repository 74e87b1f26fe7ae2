import type { Word } from './script.js'

/** A word of plain text. */
export function literalWord(text: string): Word {
  return { text, raw: text, parts: [text], quoted: false, constructs: [], brace: false, glob: false, tilde: false }
}
