/** A text of others as it may go to a terminal: what would move the cursor or change its state is shown, not done. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`
  })
}

/** A text that is data: as it is for a file or a pipe, and printable for a terminal. */
export function printableOn(stream: { readonly isTTY?: boolean }, text: string): string {
  return stream.isTTY === true ? printable(text) : text
}

/** C0 but tab and line feed, DEL and C1; and what makes text read in another order than it is written (UAX #9). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
