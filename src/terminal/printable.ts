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

/** Escapes an untrusted text that is one line: its line feeds too, so that it cannot forge another line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\x0a')
}

/** Replaces each run of such characters, and of line feeds and tabs, by a space: for a title, which shows no escapes. */
export function withoutControls(text: string): string {
  return text.replace(new RegExp(`(?:${CONTROL.source}|[\\t\\n])+`, 'g'), ' ')
}

/** Formats JSON: for a terminal with what could act on it as `\uXXXX`, which means the same. */
export function jsonOn(stream: { readonly isTTY?: boolean }, value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent)
  if (stream.isTTY !== true) return json
  return json.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * C0 except tab and line feed, DEL and C1; what changes the direction in which text is shown (UAX #9); what has no width, so
 * that two names look the same; line and paragraph separators.
 */
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
