/** Two Unicode noncharacters, which no text may hold, stand for a `!` and an `@` that come from an argument. */
const BANG = '\ufdd0'
const AT = '\ufdd1'

/**
 * Replaces each `!` and `@` of a value by its mark (one character each), so that only the command file's own text can
 * open a shell block or reference a file, even where a value joins the text around it.
 */
export function markValue(value: string): string {
  return value.replaceAll('!', BANG).replaceAll('@', AT)
}

/** Returns the text with each mark replaced by its character. */
export function unmark(text: string): string {
  return text.replaceAll(BANG, '!').replaceAll(AT, '@')
}
