import { isAbsolute, join } from 'node:path'
import { codexHome, statsOf } from '../paths.js'
import { readTextFile } from './text-file.js'
import { claudeStateFiles, trustedFolders } from './trust.js'

/** A larger `.claude.json` is left out, in bytes: every start of the TUI waits for this. */
const LONGEST = 4_000_000

/**
 * Returns the folders that codex, Claude Code and codex-plus have a project entry for, trusted or not: a thread may be moved
 * into one of them (`/cd`). Names that are no folders are among them.
 */
export function knownFolders(env: NodeJS.ProcessEnv): string[] {
  const texts = [join(codexHome(env), 'config.toml'), ...claudeStateFiles(env)].map(read)
  // Paths are found without parsing: in every form of a TOML table, and in megabytes of JSON, they are quoted.
  const named = texts.flatMap((text) => [...text.matchAll(/"((?:[^"\\\n]|\\.)+)"\s*[\]:.=]|'([^'\n]+)'\s*[\].=]/g)])
  const paths = named.map(([, double, single]) => (double === undefined ? (single ?? '') : unescaped(double)))
  return [...new Set([...paths.filter((path) => isAbsolute(path)), ...trustedFolders(env)])]
}

function read(file: string): string {
  try {
    return (statsOf(file)?.size ?? 0) > LONGEST ? '' : readTextFile(file)
  } catch {
    return ''
  }
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}
