import { execFileSync } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readTextFile } from '../config/text-file.js'
import type { WorkerFailure } from '../worker/worker-host.js'

/** Describes an error in a module's file in one sentence: `FILE:LINE: message`. */
export function describeFailure(path: string, name: string, failure: WorkerFailure): string {
  const [message = ''] = failure.message.split('\n')
  if (failure.kind !== 'threw') return `${withLine(path, lineOf(path, name))}: ${name} ${message}`
  const traced = lineOfTrace(path, failure.trace)
  const line =
    traced ?? lineOfImport(path, message) ?? (/SyntaxError/.test(failure.trace) ? lineOfSyntaxError(path) : null)
  return `${withLine(path, line)}: ${message}`
}

function withLine(path: string, line: number | null): string {
  return line === null ? path : `${path}:${line}`
}

/** Describes an error outside of a call: from a timer or from a promise that is not awaited. */
export function describeUncaught({ message, trace }: WorkerFailure): string {
  const location = /(file:\/\/\/[^\s?)]+)(?:\?v=[^\s:)]*)?:(\d+)/.exec(trace)
  const where = location?.[1] === undefined ? 'a module' : `${fileURLToPath(location[1])}:${location[2]}`
  return `${where}: an error outside of any call: ${message.split('\n', 1)[0]}.`
}

/** Returns the line number of the first stack frame in the file itself. */
function lineOfTrace(path: string, trace: string): number | null {
  const url = pathToFileURL(path).href
  const at = trace.indexOf(url)
  const line = at === -1 ? undefined : /^(?:\?[^:\s]*)?:(\d+)/.exec(trace.slice(at + url.length))?.[1]
  return line === undefined ? null : Number(line)
}

/** Returns the line number of a function's definition; null when it is not found. */
function lineOf(path: string, name: string): number | null {
  const pattern = new RegExp(`(^|[\\s,{*])${name}\\s*[(:=]`)
  return findLine(path, (line) => pattern.test(line))
}

/** Returns the line number of the import that could not be resolved. */
function lineOfImport(path: string, message: string): number | null {
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1]
  return missing === undefined ? null : findLine(path, (line) => line.includes(basename(missing)))
}

/** Returns the line number of a syntax error. The error of an import has none, but `node --check` reports it. */
function lineOfSyntaxError(path: string): number | null {
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
    const at = readTextFile(path).split('\n').findIndex(fits)
    return at === -1 ? null : at + 1
  } catch {
    return null
  }
}
