import { existsSync } from 'node:fs'

/** A prompt that begins with a slash, split into name and arguments. */
export interface SlashPrompt {
  readonly name: string
  readonly args: string
}

/** Splits `/name args`; null for any prompt whose first character is not a slash (claude-code-2.1 section 1.1). */
export function parseSlash(prompt: string): SlashPrompt | null {
  if (!prompt.startsWith('/')) return null
  const [, name = '', rest = ''] = /^\/(\S*)([\s\S]*)$/.exec(prompt) ?? []
  const args = rest.trim()
  const [, after] = /^\(MCP\)(?:\s+([\s\S]*))?$/.exec(args) ?? []
  if (/^\(MCP\)(\s|$)/.test(args)) return { name: `${name} (MCP)`, args: (after ?? '').trim() }
  return { name, args }
}

/**
 * Returns a prompt of `exec` with the piped input after it, without codex's tags, as Claude Code passes it to a
 * command.
 */
export function withPipedInput(text: string): string {
  const start = text.indexOf(OPEN)
  const end = text.trimEnd().length - CLOSE.length
  if (start === -1 || end < start + OPEN.length || !text.startsWith(CLOSE, end)) return text
  return `${text.slice(0, start)}\n${text.slice(start + OPEN.length, end).replace(/\n$/, '')}`
}

const OPEN = '\n\n<stdin>\n'
const CLOSE = '</stdin>'

/** Whether an unknown name gets an error message: it has the form of a command and is not an existing path. */
export function looksLikeCommand(name: string): boolean {
  return /^[A-Za-z0-9:_-]+( \(MCP\))?$/.test(name) && !existsSync(`/${name}`)
}

/** Returns the known name most similar to an unknown one; null when none is similar enough. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  return nearestWithin(Math.max(1, Math.floor(name.length / 3)), name, known)
}

/**
 * Returns the hint about a prompt whose first word looks like a mistyped command; null for any other prompt. Of two names
 * that are equally near the one that comes first counts.
 */
export function mistypedHint(prompt: string, known: Iterable<string>): string | null {
  const name = parseSlash(prompt)?.name ?? ''
  const names = [...known]
  if (!looksLikeCommand(name) || names.includes(name)) return null
  // Two letters of three make another word.
  const near = nearestWithin(name.length < 4 ? 1 : 2, name, names)
  return near === null ? null : `no command /${name}; did you mean /${near}?`
}

function nearestWithin(limit: number, name: string, known: Iterable<string>): string | null {
  let best: { name: string; distance: number } | null = null
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > limit) continue
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance <= limit && (best === null || distance < best.distance)) best = { name: candidate, distance }
  }
  return best?.name ?? null
}

/** Counts the letters to insert, remove, replace or swap with the next one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let above: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? (above[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    above = row
    row = next
  }
  return row[b.length] ?? 0
}
