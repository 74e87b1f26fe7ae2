import { createRequire } from 'node:module'
import { readTextFile } from './text-file.js'

/** A TOML file that was read, or the one line that says why it was not. */
export type TomlFile = { readonly values: Record<string, unknown> } | { readonly problem: string } | null

/**
 * Reads a TOML file; null where there is none, or where none of `words` stands in it.
 * The parser is loaded only for a file that has something to say: most have not, and start-up time counts.
 */
export function readToml(file: string, words: readonly string[]): TomlFile {
  let text: string
  try {
    text = readTextFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    return { problem: `${file} could not be read: ${(error as Error).message}.` }
  }
  if (!words.some((word) => text.includes(word))) return null
  try {
    return { values: loadParser()(text) }
  } catch (error) {
    const { line, message } = error as { line?: number; message: string }
    return { problem: `${file}:${line ?? 1}: not valid TOML: ${message.split('\n')[0] ?? ''}` }
  }
}

/** A `-c` value as codex reads it: TOML where it parses, else the raw text. */
export function parseTomlValue(value: string): unknown {
  // The common case needs no parser: a bare word or URL is no TOML value.
  if (/^[A-Za-z][\w.-]*:\/\/\S*$/.test(value)) return value
  try {
    return loadParser()(`value = ${value}`).value
  } catch {
    return value
  }
}

function loadParser(): (text: string) => Record<string, unknown> {
  // Synchronously and late: an import at the top would cost every start what few need.
  return (createRequire(import.meta.url)('smol-toml') as typeof import('smol-toml')).parse
}
