import { isObject } from '../json.js'
import { type JsonRead, readJson } from './json-text.js'
import { readTextFile } from './text-file.js'

/** A JSON file's value; null where there is none. `.claude` files are Claude Code's: they are ours to read, not to judge. */
export function readJsonFile(
  file: string,
  notices: string[],
  read: (text: string) => JsonRead = readJson,
): Record<string, unknown> | null {
  let text: string
  try {
    text = readTextFile(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') notices.push(`${file} could not be read (${code}); it is ignored.`)
    return null
  }
  const json = read(text)
  if ('line' in json) notices.push(`${file}:${json.line}: not valid JSON; the file is ignored.`)
  else if (isObject(json.value)) return json.value
  else notices.push(`${file}: expected a JSON object; the file is ignored.`)
  return null
}
