/** Two characters that no text may hold (Unicode noncharacters) stand for a `!` and an `@` that an argument brought. */
const BANG = '\ufdd0'
const AT = '\ufdd1'

/**
 * Marks the `!` and `@` of a value, one character for one: only what the command file itself wrote can open a shell block
 * or ask for a file, however a value and its surroundings grow together.
 */
export function markValue(value: string): string {
  return value.replaceAll('!', BANG).replaceAll('@', AT)
}

/** The text as it is meant, each mark the character it stands for. */
export function unmark(text: string): string {
  return text.replaceAll(BANG, '!').replaceAll(AT, '@')
}
