import { jsonLines } from '../../config/json-text.js'
import { readTextFile } from '../../config/text-file.js'
import type { HookProblem } from './parse-hooks.js'

/** Returns a message for each problem of a file: file, line, key and problem. Reads the file once. */
export function problemLines(file: string, problems: readonly HookProblem[]): string[] {
  if (problems.length === 0) return []
  const lineOf = lineFinder(file)
  return problems.map(({ path, message }) => `${file}:${lineOf(path)}: ${keyText(path)} ${message}.`)
}

/** `hooks.PreToolUse[0].hooks[1]`. */
function keyText(path: HookProblem['path']): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('')
}

/** Returns a function that finds the line of an entry; in YAML the line of the event or of `hooks`. */
function lineFinder(file: string): (path: HookProblem['path']) => number {
  let text: string
  try {
    text = readTextFile(file)
  } catch {
    return () => 1
  }
  return file.endsWith('.json') ? jsonLines(text) : (path) => yamlLine(text, path)
}

function yamlLine(text: string, [first, second]: HookProblem['path']): number {
  const hooks = Math.max(0, text.indexOf(`${first}:`))
  const event = second === undefined ? -1 : text.indexOf(`${second}:`, hooks)
  return text.slice(0, event === -1 ? hooks : event).split('\n').length
}
