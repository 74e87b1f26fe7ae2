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
  const codex = quoted(read(join(codexHome(env), 'config.toml')), IN_TOML)
  const claude = claudeStateFiles(env).flatMap((file) => quoted(read(file), IN_JSON))
  return [...new Set([...codex, ...claude, ...trustedFolders(env)])].filter((path) => isAbsolute(path))
}

// Keys are found without parsing: there are several forms of a table in TOML, and megabytes of JSON.
const IN_TOML = /"((?:[^"\\\n]|\\.)+)"\s*[\].=]|'([^'\n]+)'\s*[\].=]/g
const IN_JSON = /"((?:[^"\\\n]|\\.)+)"\s*:\s*\{/g

function quoted(text: string, keys: RegExp): string[] {
  return [...text.matchAll(keys)].map(([, double, single = '']) => (double === undefined ? single : unescaped(double)))
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
