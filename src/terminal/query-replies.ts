/**
 * A terminal's replies to queries: cursor position, attributes, status, modes, sizes, keyboard flags, colours
 * (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html). Focus events are treated in the same way.
 */
const REPLY = new RegExp(
  [
    String.raw`\x1b\[\??\d+(?:;\d+)+R`,
    String.raw`\x1b\[[?>=][\d;]*c`,
    String.raw`\x1b\[\??[\d;]*n`,
    String.raw`\x1b\[\??[\d;]*\$y`,
    String.raw`\x1b\[\?\d*u`,
    String.raw`\x1b\[\d+(?:;\d+)*t`,
    String.raw`\x1b\[[IO]`,
    String.raw`\x1b[\]P_][^\x07\x1b]*(?:\x07|\x1b\\)`,
  ].join('|'),
  'g',
)

/** Separates the terminal's replies from the keys: a program waits for the replies even while keys are held. */
export function splitReplies(input: Buffer): { replies: Buffer; keys: Buffer } {
  if (!input.includes(0x1b)) return { replies: Buffer.alloc(0), keys: input }
  const text = input.toString('latin1')
  const replies = text.match(REPLY)?.join('') ?? ''
  if (replies === '') return { replies: Buffer.alloc(0), keys: input }
  return { replies: Buffer.from(replies, 'latin1'), keys: Buffer.from(text.replace(REPLY, ''), 'latin1') }
}
