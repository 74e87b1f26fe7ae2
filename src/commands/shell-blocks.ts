/** One shell block of a command body. */
export interface ShellBlock {
  readonly command: string
  /** The text in the body, for messages. */
  readonly source: string
  readonly start: number
  readonly end: number
}

/** At the start of a line or after white space only (claude-code-2.1 section 1.6). */
const INLINE = /(?<=^|\s)!`([^`]+)`/gm
/** A fence that begins with ```! is one command. */
const FENCED = /```!\s*\n?([\s\S]*?)\n?```/g

/** Finds the shell blocks of a body, in order; fenced blocks are searched first, since they may contain backticks. */
export function findShellBlocks(body: string): ShellBlock[] {
  // Most bodies have none, and a regular expression with a look-behind is slow.
  if (!body.includes('!')) return []
  const blocks: ShellBlock[] = []
  const add = (match: RegExpMatchArray): void => {
    const start = match.index ?? 0
    const end = start + match[0].length
    const command = match[1]?.trim() ?? ''
    if (command === '' || blocks.some((block) => start < block.end && block.start < end)) return
    blocks.push({ command, source: match[0], start, end })
  }
  for (const match of body.matchAll(FENCED)) add(match)
  for (const match of body.matchAll(INLINE)) add(match)
  return blocks.sort((a, b) => a.start - b.start)
}

/** Returns the body with each block replaced by its output, inserted literally. */
export function spliceOutputs(body: string, blocks: readonly ShellBlock[], outputs: readonly string[]): string {
  let result = ''
  let from = 0
  blocks.forEach((block, index) => {
    result += body.slice(from, block.start) + (outputs[index] ?? '')
    from = block.end
  })
  return result + body.slice(from)
}
