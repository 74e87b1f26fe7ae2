import { existsSync } from 'node:fs'
import { nearestName } from '../nearest-name.js'

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

/**
 * Returns the hint about a prompt whose first word looks like a mistyped command; null for any other prompt. Of two names
 * that are equally near the one that comes first counts.
 */
export function mistypedHint(prompt: string, known: Iterable<string>): string | null {
  const name = parseSlash(prompt)?.name ?? ''
  const names = [...known]
  if (!looksLikeCommand(name) || names.includes(name)) return null
  // Two letters of three make another word.
  const near = nearestName(name, names, name.length < 4 ? 1 : 2)
  return near === null ? null : `no command /${name}; did you mean /${near}?`
}
