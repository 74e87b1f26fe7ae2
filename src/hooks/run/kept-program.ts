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

/**
 * Returns a hook's command with the kept copies of the files below `.claude` that have changed since the session began.
 * Throws an error with the file's name if a copy cannot be named in a shell command.
 */
export function withKeptPrograms(command: string, projectDir: string, pathOf: PathOf): string {
  return command.replace(CLAUDE_FILE, (text: string, prefix: string | undefined, path: string) => {
    const file = fileOf(prefix, path, projectDir)
    const kept = file === null ? null : pathOf(file)
    if (kept === null || kept === file) return text
    if (PLAIN.test(kept)) return kept
    throw new Error(`${file} has changed since the session began, and its copy ${kept} cannot be named in a command`)
  })
}

/** Null for an absolute path that is not below the project. */
function fileOf(prefix: string | undefined, path = '', projectDir: string): string | null {
  const root = join(projectDir, '.claude')
  if (prefix === undefined || !isAbsolute(prefix)) return join(root, path)
  return join(prefix) === join(projectDir, '/') ? join(root, path) : null
}
