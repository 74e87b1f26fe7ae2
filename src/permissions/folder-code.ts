import { unwrapped } from './command-text.js'
import { opaqueness } from './opaque-line.js'
import { parseScript } from './parse-script.js'
import { isReadOnly } from './read-only-command.js'

/** Programs besides the reading ones that run nothing of the folder they work in. */
const SAFE = new Set(['true', 'false', ':', 'printf', 'pwd', 'exit', 'type', 'uname', 'whoami', 'id'])

/**
 * Returns why a shell command may run code that a folder brings along (a build file, a package script, a program of its own),
 * as the end of a sentence; null if it only reads. For folders that are not trusted: allow rules say nothing about them.
 */
export function folderCode(command: string): string | null {
  const text = command.trim()
  const script = parseScript(text)
  const opaque = opaqueness(text, script)
  if (opaque !== undefined) return opaque
  for (const { words, assignments, raw } of script.commands) {
    const command = unwrapped(words)
    const [name = '', next = ''] = command.map((word) => word.text)
    const works = assignments.length === 0 && (SAFE.has(name) || isReadOnly(command) || worksHere(name, next))
    if (name !== '' && !works) return `'${raw}' may run what the files of the folder say`
  }
  return null
}

/** git and gh with a hardened configuration (commands/hardened-git.ts), in this repository and with no setting of their own. */
function worksHere(name: string, next: string): boolean {
  return name === 'gh' || (name === 'git' && (!next.startsWith('-') || next === '--no-pager'))
}
