import { isObject } from '../json.js'
import { lineOfJsonError } from './json-line.js'
import { readTextFile } from './text-file.js'

/** A JSON file's value; null where there is none. `.claude` files are Claude Code's: they are ours to read, not to judge. */
export function readJsonFile(
  file: string,
  notices: string[],
  prepare: (text: string) => string = (text) => text,
): object | null {
  let text: string
  try {
    text = prepare(readTextFile(file))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') notices.push(`${file} could not be read (${code}); it is ignored.`)
    return null
  }
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
    notices.push(`${file}: expected a JSON object; the file is ignored.`)
  } catch (error) {
    notices.push(`${file}:${lineOfJsonError(text, error)}: not valid JSON; the file is ignored.`)
  }
  return null
}
