import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { CodexPlusError } from '../../errors.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn, printableLine } from '../../terminal/printable.js'
import { followTrace } from '../../trace/follow-trace.js'
import { readTrace, readTraceLine, type TraceLine, traceFiles } from '../../trace/read-trace.js'
import type { TraceEntry } from '../../trace/trace-entry.js'
import { traceFolder } from '../../trace/trace-folder.js'
import { createPaint, terminalWidth } from '../../view/paint.js'
import { traceText } from '../../view/trace-text.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

interface TraceOptions {
  readonly follow?: boolean
  readonly json?: boolean
  readonly limit: string
  readonly thread?: string
  readonly failed?: boolean
  readonly file?: string
}

/** `plus trace [id] [--follow]`: shows what happened to the requests of codex, and how long each step took. */
export async function runTrace({ ownCommand }: CodexInvocation, { env, cwd }: SubcommandContext): Promise<ExitStatus> {
  const paint = createPaint(process.stdout, env)
  const print = (line: TraceLine, json: boolean | undefined): void => {
    const text = json ? jsonOn(process.stdout, line) : traceText(line, terminalWidth(process.stdout), paint)
    process.stdout.write(`${text}\n`)
  }
  const program = new Command('codex-plus plus trace')
    .description('show what happened to the requests of codex: what was matched and rewritten, how long each step took')
    .argument('[id]', 'show only this request')
    .option('-f, --follow', 'show the requests of running sessions as they happen, until Ctrl-C')
    .option('--json', 'print one JSON object per line')
    .option('--limit <number>', 'the maximum number of requests; the newest are shown', '20')
    .option('--thread <id>', 'only requests of this thread; the end of its id is enough')
    .option('--failed', 'only requests that failed')
    .option('--file <log>', 'read a log file that was written at level debug')
    .action(async (id: string | undefined, options: TraceOptions) => {
      const matches = (entry: Pick<TraceEntry, 'id' | 'thread'>): boolean =>
        (id === undefined || entry.id === id) &&
        (options.thread === undefined || (entry.thread?.endsWith(options.thread) ?? false))
      const endMatches = (entry: TraceEntry): boolean => matches(entry) && (!options.failed || hasFailed(entry))
      if (options.follow) {
        await followUntilInterrupt(traceFolder(env), (text) => {
          const line = readTraceLine(text)
          if (line !== null && (line.event === 'request' ? endMatches(line) : matches(line))) print(line, options.json)
        })
        return
      }
      const files = options.file === undefined ? traceFiles(traceFolder(env)) : [existing(resolve(cwd, options.file))]
      const found = readTrace(files, readLimit(options.limit), endMatches)
      for (const line of found) print(line, options.json)
      if (found.length === 0 && !options.json) printNothingFound(id)
    })
  await runProgram(program, ownCommand?.slice(2) ?? [])
  return { code: 0, signal: null }
}

function printNothingFound(id: string | undefined): void {
  const what = id === undefined ? 'No request was traced.' : `No request ${printableLine(id)} was traced.`
  process.stdout.write(
    `${what}\nRun codex-plus with --plus-log debug or --plus-trace, or watch it with \`codex-plus plus trace --follow\`.\n`,
  )
}

async function followUntilInterrupt(folder: string, onLine: (line: string) => void): Promise<void> {
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  // The reader of stdout may close the pipe.
  process.stdout.on('error', stop)
  await followTrace(folder, abort.signal, onLine)
}

function hasFailed({ status, end, error }: TraceEntry): boolean {
  return error !== null || status === null || status >= 400 || (end !== 'complete' && end !== 'local')
}

function existing(file: string): string {
  if (existsSync(file)) return file
  throw new CodexPlusError('CP_TRACE_NOT_FOUND', `plus trace: there is no file ${file}.`, {
    hint: 'Give a log that was written at level debug.',
  })
}

function readLimit(given: string): number {
  const value = Number(given)
  if (Number.isInteger(value) && value > 0) return value
  throw new CodexPlusError('CP_USAGE', `plus trace: --limit: '${given}' is not a positive whole number.`, {
    hint: 'Give 1 or more.',
  })
}
