import { parse } from 'smol-toml'
import { readTextFile } from './text-file.js'

/** The values of a TOML file, or the warning why it could not be read. */
export type TomlFile = { readonly values: Record<string, unknown> } | { readonly problem: string } | null

/**
 * Reads a TOML file; returns null when it does not exist or contains none of `words`.
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
    return { values: parse(text) }
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
    return parse(`value = ${value}`).value
  } catch {
    return value
  }
}
