/** Escapes the control characters of an untrusted text, so that it cannot move the cursor or change the terminal's state. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`
  })
}

/** Returns data unchanged for a file or a pipe, and escaped for a terminal. */
export function printableOn(stream: { readonly isTTY?: boolean }, text: string): string {
  return stream.isTTY === true ? printable(text) : text
}

/** C0 except tab and line feed, DEL and C1; and what changes the direction in which text is shown (UAX #9). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
