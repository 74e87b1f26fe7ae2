import { statSync } from 'node:fs'
import { isObject } from '../json.js'
import { type SkimChoice, SkimError, skimJson } from './json-skim.js'
import { jsonLines, readJson } from './json-text.js'
import { readTextFile } from './text-file.js'

/** What codex-plus uses of Claude Code's `.claude.json`. */
export interface ClaudeState {
  /** The used keys: `mcpServers`, and those of each entry of `projects`. */
  readonly values: Record<string, unknown>
  /** The line of a value by its path, counted from 1. */
  lineOf(path: readonly string[]): number
}

/** The state, or why the file is not used, as a message with its name; null if there is no file. */
export type ClaudeStateRead = ClaudeState | { readonly problem: string } | null

/** A larger file, in bytes, is not read into memory: Claude Code keeps the history of all prompts in it. */
const WHOLE = 256 * 1024
const PROJECT_KEYS: ReadonlySet<string> = new Set([
  'hasTrustDialogAccepted',
  'mcpServers',
  'disabledMcpjsonServers',
  'enabledMcpjsonServers',
])

const known = new Map<string, { readonly stamp: string; readonly read: ClaudeStateRead }>()

/** Reads a `.claude.json`. Whoever asks for it again gets the same until the file changes: it may have hundreds of MB. */
export function readClaudeState(file: string): ClaudeStateRead {
  let stamp = ''
  let size = 0
  try {
    const stats = statSync(file, { bigint: true })
    if (stats.isFile()) size = Number(stats.size)
    stamp = `${stats.ctimeNs} ${stats.mtimeNs} ${stats.size} ${stats.ino}`
  } catch {
    // `readTextFile` says why.
  }
  const before = known.get(file)
  if (before !== undefined && stamp !== '' && before.stamp === stamp) return before.read
  const read = size > WHOLE ? readLarge(file) : readSmall(file)
  known.set(file, { stamp, read })
  return read
}

function readSmall(file: string): ClaudeStateRead {
  let text: string
  try {
    text = readTextFile(file)
  } catch (error) {
    return unreadable(file, error)
  }
  const json = readJson(text)
  if ('line' in json) return invalid(file, json.line)
  if (!isObject(json.value)) return { problem: `${file}: expected a JSON object; the file is ignored.` }
  return { values: json.value, lineOf: jsonLines(text) }
}

function readLarge(file: string): ClaudeStateRead {
  try {
    return skimJson(file, choose)
  } catch (error) {
    if (!(error instanceof SkimError)) return unreadable(file, error)
    // It may be UTF-16, which only the reader of whole files knows.
    const whole = readSmall(file)
    return whole !== null && 'values' in whole ? whole : invalid(file, error.line)
  }
}

function choose([first, , key, ...more]: readonly string[]): SkimChoice {
  if (first === 'mcpServers') return 'keep'
  if (first !== 'projects' || more.length > 0) return 'skip'
  if (key === undefined) return 'enter'
  return PROJECT_KEYS.has(key) ? 'keep' : 'skip'
}

function invalid(file: string, line: number): ClaudeStateRead {
  return { problem: `${file}:${line}: not valid JSON; its MCP servers are ignored.` }
}

function unreadable(file: string, error: unknown): ClaudeStateRead {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  return { problem: `${file} could not be read (${code}); it is ignored.` }
}
