import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/codex-arguments.js'
import { readSettings } from '../../config/settings.js'
import { CodexPlusError } from '../../errors.js'
import { silentLog } from '../../log/log.js'
import { realPath } from '../../paths.js'
import { threadFile } from '../../prompt/thread-file.js'
import { EXPORT_FORMATS, type ExportFormat, loadSession, renderSession } from '../../session/export-session.js'
import { findSessions, resolveThread } from '../../session/find-sessions.js'
import {
  overLimits,
  prune,
  removeSessions,
  type SessionFile,
  sessionFiles,
  sessionFolder,
} from '../../session/session-folder.js'
import { formatSize } from '../../session/units.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
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
  const program = new Command('codex-plus sessions').description('what was said in earlier threads')
  program
    .command('list [text...]')
    .description('threads, the last one first; with a text, those that mention it')
    .option('--project <dir>', 'only threads of this folder and those in it')
    .option('--since <when>', 'last used since a date (2026-11-25), or for so long (12h, 7d)')
    .option('--until <when>', 'last used until then')
    .option('--limit <number>', 'at most so many', '50')
    .option('--all', 'also threads that codex runs for itself: sub-agents, titles, reviews')
    .option('--json', 'one JSON list')
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
      print(options.json ? JSON.stringify(rows, null, 2) : sessionListText(rows, terminalWidth(process.stdout), paint))
    })
  program
    .command('show <id>')
    .description('one thread; `last` is the newest, and a part of an id is enough')
    .option('--full', 'what tools were given and gave, whole')
    .option('--json', 'one JSON object')
    .action((id: string, { full, json }: { full?: boolean; json?: boolean }) => {
      const conversation = loadSession(folder, resolveThread(folder, id))
      print(json ? renderSession(conversation, 'json').trimEnd() : sessionText(conversation, paint, full === true))
    })
  program
    .command('export <id>')
    .description('one thread as a file, the typed and the sent form of each prompt side by side')
    .option('--format <format>', `${EXPORT_FORMATS.join(', ')}; else the file's extension, else md`)
    .option('-o, --output <file>', 'where to; else to stdout')
    .option('--force', 'overwrite a file that is there')
    .action((id: string, options: { format?: string; output?: string; force?: boolean }) => {
      const format = readFormat(options.format ?? /\.(md|json|html)$/.exec(options.output ?? '')?.[1] ?? 'md')
      const text = renderSession(loadSession(folder, resolveThread(folder, id)), format)
      if (options.output === undefined) return void process.stdout.write(text)
      writeExport(resolve(cwd, options.output), text, options.force === true)
    })
  program
    .command('prune [id...]')
    .description('remove threads: those given, or those over the limits of the settings')
    .option('--days <number>', 'nobody worked on for so many days', String(settings.sessionDays))
    .option('--megabytes <number>', 'the oldest, until all are below so much', String(settings.sessionMegabytes))
    .option('--dry-run', 'remove nothing, only tell')
    .action((ids: string[], options: { days: string; megabytes: string; dryRun?: boolean }) => {
      const limits = {
        days: readNumber('--days', options.days),
        bytes: readNumber('--megabytes', options.megabytes) * 1e6,
      }
      const given = ids.map((id) => threadFile(folder, resolveThread(folder, id)))
      const chosen = (): SessionFile[] =>
        ids.length > 0
          ? sessionFiles(folder).filter(({ path }) => given.includes(path))
          : overLimits(sessionFiles(folder), limits, Date.now())
      const gone = options.dryRun
        ? chosen()
        : ids.length > 0
          ? removeSessions(chosen(), silentLog)
          : prune(folder, limits, silentLog)
      const size = formatSize(gone.reduce((sum, file) => sum + file.size, 0))
      const what = `${gone.length} ${gone.length === 1 ? 'thread' : 'threads'} (${size})`
      print(options.dryRun ? `${what} would be removed.` : `${what} removed.`)
    })
  await runProgram(program, invocation.ownCommand?.slice(1) ?? [])
  return { code: 0, signal: null }
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
  throw usage(`${option}: '${given}' is no number.`, 'Give a number from 0 on.')
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

/** A date, the end of its day where `end`; or how long ago. In ms since 1970. */
function readTime(option: string, given: string, end: boolean): number {
  const ago = /^(\d+)([mhdw])$/.exec(given)
  if (ago) return Date.now() - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0)
  const day = /^\d{4}-\d{2}-\d{2}$/.test(given)
  const time = Date.parse(given)
  if (Number.isNaN(time)) throw usage(`${option}: '${given}' is no time.`, 'Give 2026-11-25, an ISO time, 12h or 7d.')
  return day && end ? time + 86_400_000 - 1 : time
}

function usage(message: string, hint: string): CodexPlusError {
  return new CodexPlusError('CP_USAGE', `sessions: ${message}`, { hint })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
