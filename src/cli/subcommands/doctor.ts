import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { readSettings } from '../../config/settings.js'
import { formatError } from '../../errors.js'
import { packageVersion } from '../../package-version.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn } from '../../terminal/printable.js'
import { createPaint } from '../../view/paint.js'
import { codexCheck } from '../doctor/check-codex.js'
import { commandsCheck, hooksCheck } from '../doctor/check-commands.js'
import { loginCheck } from '../doctor/check-login.js'
import { mcpCheck } from '../doctor/check-mcp.js'
import { permissionsCheck } from '../doctor/check-permissions.js'
import { protectionCheck } from '../doctor/check-protection.js'
import { roundTripCheck } from '../doctor/check-round-trip.js'
import { sourcesCheck, trustCheck } from '../doctor/check-sources.js'
import { terminalCheck } from '../doctor/check-terminal.js'
import { helperCheck } from '../doctor/check-tls-helper.js'
import { networkCheck, upstreamCheck } from '../doctor/check-upstream.js'
import { about, type Check, type CheckContext, type Finding } from '../doctor/finding.js'
import { createProgress } from '../doctor/progress.js'
import { reportText } from '../doctor/report-text.js'
import { findClaudeItems } from '../from-claude/find-items.js'
import { type ClaudeFolder, works } from '../from-claude/item.js'
import { groupItems, itemsText } from '../from-claude/items-text.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** The checks, in the order of the report. */
const CHECKS: readonly Check[] = [
  codexCheck,
  loginCheck,
  terminalCheck,
  sourcesCheck,
  trustCheck,
  protectionCheck,
  upstreamCheck,
  networkCheck,
  helperCheck,
  roundTripCheck,
  commandsCheck,
  hooksCheck,
  permissionsCheck,
  mcpCheck,
]

/** `plus doctor [--json]`: reports what was found, what works and what does not. Exit code 1 if a finding is bad. */
export async function runDoctor(invocation: CodexInvocation, { env, cwd }: SubcommandContext): Promise<ExitStatus> {
  let code = 0
  const program = new Command('codex-plus plus doctor')
    .description('check the setup: what was found, what works, and what does not; exit code 1 if something does not')
    .option('--json', 'print one JSON list')
    .action(async ({ json }: { json?: boolean }) => {
      const folder = invocation.cd === null ? cwd : resolve(cwd, invocation.cd)
      const { findings, folders } = await examine(invocation, { env, cwd: folder })
      const all = json ? [...findings, ...folders.flatMap(folderFindings)] : findings
      const rows = all.map(({ topic, level, text }) => ({ topic, ok: level !== 'bad', level, text }))
      const width = Math.min(process.stdout.columns ?? 80, 100)
      const paint = createPaint(process.stdout, env)
      const sections = folders.length === 0 ? [] : [itemsText(folders, paint, width)]
      const text = json ? jsonOn(process.stdout, rows, 2) : reportText(findings, width, paint, sections)
      process.stdout.write(`${text}\n`)
      if (rows.some(({ ok }) => !ok)) code = 1
    })
  await runProgram(program, invocation.ownCommand?.slice(2) ?? [])
  return { code, signal: null }
}

/** What was found in a `.claude` folder, as findings of that folder. */
function folderFindings({ folder, items }: ClaudeFolder): Finding[] {
  return groupItems(items).map(({ items: [first], what, does, change }) =>
    first === undefined || works(first)
      ? about(folder).ok(`${what}: ${does}`)
      : about(folder).note(`${what}: ${does}. To change: ${change} (${first.path})`),
  )
}

interface Examined {
  readonly findings: readonly Finding[]
  readonly folders: readonly ClaudeFolder[]
}

async function examine(invocation: CodexInvocation, { env, cwd }: SubcommandContext): Promise<Examined> {
  const progress = createProgress(process.stderr, env)
  const version = about('version').ok(`codex-plus ${packageVersion()}, node ${process.versions.node}`)
  const attempt = async (check: Check, context: CheckContext): Promise<Finding[]> => {
    try {
      return await progress.during(check.topic, async () => await check.run(context))
    } catch (error) {
      return [about(check.topic).bad(formatError(error))]
    }
  }
  try {
    const { settings, notices } = await readSettings({ own: invocation.own, env, cwd })
    const context = { invocation, env, cwd, settings, notices }
    const found = await Promise.all(CHECKS.map((check) => attempt(check, context)))
    const folders = findClaudeItems({ cwd, env, settings })
    return { findings: [version, ...found.flat().filter(isFirst)], folders }
  } catch (error) {
    // Every other check needs the settings.
    return { findings: [version, about('settings').bad(formatError(error))], folders: [] }
  }
}

/** Filters duplicates: two checks that read the same file report its error in the same words. */
function isFirst({ text, level }: Finding, index: number, all: readonly Finding[]): boolean {
  return level !== 'bad' || all.findIndex((other) => other.text === text) === index
}
