import { isAbsolute, join } from 'node:path'

/** Returns the path that has the contents of a file at the start of the session (config/session-snapshot.ts). */
export type PathOf = (file: string) => string

/** A path below the project's `.claude`, in the ways a shell command names it. */
const CLAUDE_FILE =
  /(?<![\w./-])("\$\{?CLAUDE_PROJECT_DIR\}?"\/|\$\{?CLAUDE_PROJECT_DIR\}?\/|\.\/|\/[\w@%+=:,./-]*\/)?\.claude\/([\w@%+=:,./-]*[\w@%+=-])/g
/** A path that needs no quotes, wherever it stands in a shell command. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** Returns the files below the project's `.claude` that a hook's command names, whether or not they exist. */
export function claudeFilesOf(command: string, projectDir: string): string[] {
  return [...command.matchAll(CLAUDE_FILE)].flatMap(([, prefix, path]) => fileOf(prefix, path, projectDir) ?? [])
}

/** Returns a hook's command with the kept copies of the files below `.claude` that have changed since the session began. */
export function withKeptPrograms(command: string, projectDir: string, pathOf: PathOf): string {
  return command.replace(CLAUDE_FILE, (text: string, prefix: string | undefined, path: string, start: number) => {
    const file = fileOf(prefix, path, projectDir)
    const kept = file === null ? null : pathOf(file)
    if (kept === null || kept === file) return text
    return PLAIN.test(kept) ? kept : quotedFor(quoteAt(command, start), kept)
  })
}

type Quote = "'" | '"' | ''

/** Returns the quotes that a position of a shell command stands in; a command substitution begins without quotes. */
function quoteAt(command: string, end: number): Quote {
  const open: Quote[] = ['']
  for (let at = 0; at < end; at += 1) {
    const quote = open.at(-1) ?? ''
    const char = command[at]
    if (quote === "'") {
      if (char === "'") open.pop()
    } else if (char === '\\') at += 1
    else if (char === '$' && command[at + 1] === '(') {
      open.push('')
      at += 1
    } else if (char === '"') quote === '"' ? open.pop() : open.push('"')
    else if (char === "'" && quote === '') open.push("'")
    else if (char === ')' && quote === '' && open.length > 1) open.pop()
  }
  return open.at(-1) ?? ''
}

/** Returns a path as a shell reads it within these quotes. */
function quotedFor(quote: Quote, path: string): string {
  if (quote === '"') return path.replace(/["\\$`]/g, '\\$&')
  const inner = path.replaceAll("'", "'\\''")
  return quote === "'" ? inner : `'${inner}'`
}

/** Null for an absolute path that is not below the project. */
function fileOf(prefix: string | undefined, path = '', projectDir: string): string | null {
  const root = join(projectDir, '.claude')
  if (prefix === undefined || !isAbsolute(prefix)) return join(root, path)
  return join(prefix) === join(projectDir, '/') ? join(root, path) : null
}
