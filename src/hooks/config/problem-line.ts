import { readFileSync } from 'node:fs'
import { findMember, listItems, type Range, wholeRange } from '../../request/json-ranges.js'
import type { HookProblem } from './parse-hooks.js'

/** One line about a wrong entry: file, line, key and what is wrong. */
export function problemLine(file: string, { path, message }: HookProblem): string {
  return `${file}:${lineOf(file, path)}: ${keyText(path)} ${message}.`
}

/** `hooks.PreToolUse[0].hooks[1]`. */
function keyText(path: HookProblem['path']): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('')
}

/** The line on which the value of a path begins; in YAML, and where the path ends early, the last key that is found. */
function lineOf(file: string, path: HookProblem['path']): number {
  let text: Buffer
  try {
    text = readFileSync(file)
  } catch {
    return 1
  }
  const start = file.endsWith('.json') ? jsonOffset(text, path) : yamlOffset(text, path)
  return text.subarray(0, start).toString('utf8').split('\n').length
}

function jsonOffset(text: Buffer, path: HookProblem['path']): number {
  let place: Range = wholeRange(text)
  for (const key of path) {
    const next: Range | null | undefined =
      typeof key === 'string' ? findMember(text, place, key) : listItems(text, place)?.[key]
    if (!next) break
    place = next
  }
  return place.start
}

function yamlOffset(text: Buffer, path: HookProblem['path']): number {
  const [first, second] = path
  const hooks = Math.max(0, text.indexOf(`${first}:`))
  const event = second === undefined ? -1 : text.indexOf(`${second}:`, hooks)
  return event === -1 ? hooks : event
}
