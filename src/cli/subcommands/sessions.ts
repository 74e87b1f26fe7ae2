import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { readSettings } from '../../config/settings.js'
import { CodexPlusError } from '../../errors.js'
import { silentLog } from '../../log/log.js'
import { redactValue } from '../../log/redact.js'
import { loadSecretRules } from '../../log/secret-rules.js'
import { realPath } from '../../paths.js'
import { threadFile } from '../../prompt/thread-file.js'
import { EXPORT_FORMATS, type ExportFormat } from '../../session/export-format.js'
import { findSessions, resolveThread } from '../../session/find-sessions.js'
import { formatSize } from '../../session/format-units.js'
import { loadSession } from '../../session/load-session.js'
import {
  overLimits,
  prune,
  removeSessions,
  type SessionFile,
  sessionFiles,
  sessionFolder,
} from '../../session/session-folder.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn, printable } from '../../terminal/printable.js'
import { createPaint, terminalWidth } from '../../view/paint.js'
import { sessionListText, sessionText } from '../../view/session-text.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

interface ListOptions {
  readonly project?: string
  readonly since?: string
  readonly until?: string
  readonly limit: string
  readonly all?: boolean
  readonly json?: boolean
}

/** `codex-plus sessions list|show|export|prune`. */
export async function runSessions(invocation: CodexInvocation, { env, cwd }: SubcommandContext): Promise<ExitStatus> {
  const { settings } = await readSettings({ own: invocation.own, env, cwd })
  const folder = sessionFolder(env)
  const paint = createPaint(process.stdout, env)
  const program = new Command('codex-plus sessions').description('the recorded threads')
  program
    .command('list [text...]')
    .description('list the threads, newest first; with a text, those that contain it')
    .option('--project <dir>', 'only threads of this folder and the folders in it')
    .option('--since <when>', 'last used after a date (2026-11-25) or within a period (12h, 7d)')
    .option('--until <when>', 'last used before a date or longer ago than a period')
    .option('--limit <number>', 'the maximum number of threads', '50')
    .option('--all', 'also threads that codex runs for itself: sub-agents, titles, reviews')
    .option('--json', 'print one JSON list')
    .action((words: string[], options: ListOptions) => {
      const { project, since, until, all } = options
      const rows = findSessions(folder, {
        limit: readNumber('--limit', options.limit),
        ...(words.length > 0 ? { text: words.join(' ') } : {}),
        ...(project === undefined ? {} : { project: realPath(resolve(cwd, project)) }),
        ...(since === undefined ? {} : { since: readTime('--since', since, false) }),
        ...(until === undefined ? {} : { until: readTime('--until', until, true) }),
        ...(all ? { all } : {}),
      })
      print(
        options.json ? jsonOn(process.stdout, rows, 2) : sessionListText(rows, terminalWidth(process.stdout), paint),
      )
    })
  program
    .command('show <id>')
    .description('show one thread; `last` is the newest, and part of an id is enough')
    .option('--full', 'show the whole input and output of tools')
    .option('--json', 'print one JSON object')
    .action(async (id: string, { full, json }: { full?: boolean; json?: boolean }) => {
      const conversation = loadSession(folder, resolveThread(folder, id))
      if (json) await loadSecretRules()
      print(
        json ? jsonOn(process.stdout, redactValue(conversation), 2) : sessionText(conversation, paint, full === true),
      )
    })
  program
    .command('export <id>')
    .description('write one thread as a file, with each prompt as typed and as sent')
    .option('--format <format>', `${EXPORT_FORMATS.join(', ')} (default: by the extension of the file, else md)`)
    .option('-o, --output <file>', 'the file to write (default: stdout)')
    .option('--force', 'overwrite an existing file')
    .action(async (id: string, options: { format?: string; output?: string; force?: boolean }) => {
      await loadSecretRules()
      const format = readFormat(options.format ?? /\.(md|json|html)$/.exec(options.output ?? '')?.[1] ?? 'md')
      // The libraries that write pages are loaded for an export alone.
      const { renderSession } = await import('../../session/export-session.js')
      const text = renderSession(loadSession(folder, resolveThread(folder, id)), format)
      if (options.output === undefined) return void process.stdout.write(onTerminal(text, format))
      writeExport(resolve(cwd, options.output), text, options.force === true)
    })
  program
    .command('prune [id...]')
    .description('remove the given threads, or those over the limits')
    .option('--days <number>', 'remove threads not used for this many days', String(settings.sessionDays))
    .option(
      '--megabytes <number>',
      'remove the oldest threads until the total is below this many MB',
      String(settings.sessionMegabytes),
    )
    .option('--dry-run', 'remove nothing, only print what would be removed')
    .action((ids: string[], options: { days: string; megabytes: string; dryRun?: boolean }) => {
      const limits = {
        days: readNumber('--days', options.days),
        bytes: readNumber('--megabytes', options.megabytes) * 1e6,
      }
      const given = ids.map((id) => threadFile(folder, resolveThread(folder, id)))
      const selected = (): SessionFile[] =>
        ids.length > 0
          ? sessionFiles(folder).filter(({ path }) => given.includes(path))
          : overLimits(sessionFiles(folder), limits, Date.now())
      const removed = options.dryRun
        ? selected()
        : ids.length > 0
          ? removeSessions(selected(), silentLog)
          : prune(folder, limits, silentLog)
      const size = formatSize(removed.reduce((sum, file) => sum + file.size, 0))
      const summary = `${removed.length} ${removed.length === 1 ? 'thread' : 'threads'} (${size})`
      print(options.dryRun ? `${summary} would be removed.` : `${summary} removed.`)
    })
  await runProgram(program, invocation.ownCommand?.slice(1) ?? [])
  return { code: 0, signal: null }
}

/** An export on a terminal: nothing of it acts on that; in a pipe and in a file it is as it was recorded. */
function onTerminal(text: string, format: ExportFormat): string {
  if (process.stdout.isTTY !== true) return text
  return format === 'json' ? `${jsonOn(process.stdout, JSON.parse(text), 2)}\n` : printable(text)
}

function writeExport(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx', mode: 0o600 })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    const hint = code === 'EEXIST' ? { hint: 'Give --force to overwrite it.' } : {}
    throw new CodexPlusError('CP_SESSION_EXPORT', `${file} cannot be written (${code}).`, { ...hint, cause: error })
  }
}

function readFormat(given: string): ExportFormat {
  const format = EXPORT_FORMATS.find((candidate) => candidate === given)
  if (format !== undefined) return format
  throw usage(`there is no format '${given}'.`, `Give one of ${EXPORT_FORMATS.join(', ')}.`)
}

function readNumber(option: string, given: string): number {
  const value = Number(given)
  if (given.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw usage(`${option}: '${given}' is not a number.`, 'Give 0 or more.')
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

/** Reads a date (with `end`, the end of that day) or a period before now. Returns ms since 1970; throws CP_USAGE. */
function readTime(option: string, given: string, end: boolean): number {
  const ago = /^(\d+)([mhdw])$/.exec(given)
  if (ago) return Date.now() - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0)
  const day = /^\d{4}-\d{2}-\d{2}$/.test(given)
  const time = Date.parse(given)
  if (Number.isNaN(time))
    throw usage(`${option}: '${given}' is not a time.`, 'Give 2026-11-25, an ISO time, 12h or 7d.')
  return day && end ? time + 86_400_000 - 1 : time
}

function usage(message: string, hint: string): CodexPlusError {
  return new CodexPlusError('CP_USAGE', `sessions: ${message}`, { hint })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
