import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ThreadFailure } from './module-thread.js'

/** Says in one sentence what happened in a module's file: `FILE:LINE: why`. */
export function placeFailure(path: string, name: string, failure: ThreadFailure): string {
  const [message = ''] = failure.message.split('\n')
  if (failure.kind !== 'threw') return `${withLine(path, lineOf(path, name))}: ${name} ${message}`
  const traced = lineOfTrace(path, failure.trace)
  const line = traced ?? lineOfImport(path, message) ?? (/SyntaxError/.test(failure.trace) ? checked(path) : null)
  return `${withLine(path, line)}: ${message}`
}

function withLine(path: string, line: number | null): string {
  return line === null ? path : `${path}:${line}`
}

/** An error that came out of nowhere: a timer or a promise that nobody waited for. */
export function lineOfStray({ message, trace }: ThreadFailure): string {
  const place = /(file:\/\/\/[^\s?)]+)(?:\?v=[^\s:)]*)?:(\d+)/.exec(trace)
  const where = place?.[1] === undefined ? 'a module' : `${fileURLToPath(place[1])}:${place[2]}`
  return `${where}: an error outside of any call: ${message.split('\n', 1)[0]}.`
}

/** The first line of the stack that lies in the file itself. */
function lineOfTrace(path: string, trace: string): number | null {
  const url = pathToFileURL(path).href
  const at = trace.indexOf(url)
  const line = at === -1 ? undefined : /^(?:\?[^:\s]*)?:(\d+)/.exec(trace.slice(at + url.length))?.[1]
  return line === undefined ? null : Number(line)
}

/** Where a function is written; null where it is not to be seen. */
function lineOf(path: string, name: string): number | null {
  const pattern = new RegExp(`(^|[\\s,{*])${name}\\s*[(:=]`)
  return findLine(path, (line) => pattern.test(line))
}

/** Where what could not be found is imported. */
function lineOfImport(path: string, message: string): number | null {
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1]
  return missing === undefined ? null : findLine(path, (line) => line.includes(basename(missing)))
}

/** A syntax error of an import does not tell its line; node's own check does. */
function checked(path: string): number | null {
  try {
    execFileSync(process.execPath, ['--check', path], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 5000 })
    return null
  } catch (error) {
    const text = String((error as { stderr?: Buffer }).stderr ?? '')
    const line = /:(\d+)\n/.exec(text)?.[1]
    return line === undefined ? null : Number(line)
  }
}

function findLine(path: string, fits: (line: string) => boolean): number | null {
  try {
    const at = readFileSync(path, 'utf8').split('\n').findIndex(fits)
    return at === -1 ? null : at + 1
  } catch {
    return null
  }
}
