import { isObject } from '../json.js'
import { type JsonRead, readJson } from './json-text.js'
import { garbledProblem, readTextFile } from './text-file.js'

/** Returns the object in a JSON file; null if there is none. A file that cannot be read is a notice, not an error. */
export function readJsonFile(
  file: string,
  notices: string[],
  read: (text: string) => JsonRead = readJson,
  readText: (file: string) => string = readTextFile,
): Record<string, unknown> | null {
  let text: string
  try {
    text = readText(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') notices.push(`${file} could not be read (${code}); it is ignored.`)
    return null
  }
  const garbled = garbledProblem(file, text)
  if (garbled !== null) notices.push(garbled)
  const json = read(text)
  if ('line' in json) notices.push(`${file}:${json.line}: not valid JSON; the file is ignored.`)
  else if (isObject(json.value)) return json.value
  else notices.push(`${file}: expected a JSON object; the file is ignored.`)
  return null
}
