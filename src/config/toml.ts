import { createRequire } from 'node:module'
import { readTextFile } from './text-file.js'

/** The values of a TOML file, or the warning why it could not be read. */
export type TomlFile = { readonly values: Record<string, unknown> } | { readonly problem: string } | null

/**
 * Reads a TOML file; returns null when it does not exist or contains none of `words`.
 * The parser is loaded only for a file that contains one: most do not, and start-up time matters.
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

/** Parses a `-c` value as codex does: as TOML where it parses, else the raw text. */
export function parseTomlValue(value: string): unknown {
  // A bare URL is not a TOML value: this common case needs no parser.
  if (/^[A-Za-z][\w.-]*:\/\/\S*$/.test(value)) return value
  try {
    return loadParser()(`value = ${value}`).value
  } catch {
    return value
  }
}

function loadParser(): (text: string) => Record<string, unknown> {
  // Loaded here and synchronously: an import at the top would slow every start for what few runs need.
  return (createRequire(import.meta.url)('smol-toml') as typeof import('smol-toml')).parse
}
