import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/codex-arguments.js'
import { readSettings } from '../../config/settings.js'
import { formatError } from '../../errors.js'
import { packageVersion } from '../../package-version.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn } from '../../terminal/printable.js'
import { codexCheck } from '../doctor/check-codex.js'
import { commandsCheck, hooksCheck } from '../doctor/check-commands.js'
import { loginCheck } from '../doctor/check-login.js'
import { mcpCheck } from '../doctor/check-mcp.js'
import { roundTripCheck } from '../doctor/check-round-trip.js'
import { sourcesCheck, trustCheck } from '../doctor/check-sources.js'
import { terminalCheck } from '../doctor/check-terminal.js'
import { helperCheck } from '../doctor/check-tls-helper.js'
import { networkCheck, upstreamCheck } from '../doctor/check-upstream.js'
import { about, type Check, type CheckContext, type Finding } from '../doctor/finding.js'
import { reportText } from '../doctor/report-text.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** The checks, in the order of the report. */
const CHECKS: readonly Check[] = [
  codexCheck,
  loginCheck,
  terminalCheck,
  sourcesCheck,
  trustCheck,
  upstreamCheck,
  networkCheck,
  helperCheck,
  roundTripCheck,
  commandsCheck,
  hooksCheck,
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
      const findings = await examine(invocation, { env, cwd: folder })
      const rows = findings.map(({ topic, level, text }) => ({ topic, ok: level !== 'bad', level, text }))
      const width = Math.min(process.stdout.columns ?? 80, 100)
      process.stdout.write(`${json ? jsonOn(process.stdout, rows, 2) : reportText(findings, width)}\n`)
      if (rows.some(({ ok }) => !ok)) code = 1
    })
  await runProgram(program, invocation.ownCommand?.slice(2) ?? [])
  return { code, signal: null }
}

async function examine(invocation: CodexInvocation, { env, cwd }: SubcommandContext): Promise<Finding[]> {
  const version = about('version').ok(`codex-plus ${packageVersion()}, node ${process.versions.node}`)
  const attempt = async (check: Check, context: CheckContext): Promise<Finding[]> => {
    try {
      return await check.run(context)
    } catch (error) {
      return [about(check.topic).bad(formatError(error))]
    }
  }
  try {
    const { settings, notices } = await readSettings({ own: invocation.own, env, cwd })
    const context = { invocation, env, cwd, settings, notices }
    const found = await Promise.all(CHECKS.map((check) => attempt(check, context)))
    return [version, ...found.flat().filter(isFirst)]
  } catch (error) {
    // Every other check needs the settings.
    return [version, about('settings').bad(formatError(error))]
  }
}

/** Filters duplicates: two checks that read the same file report its error in the same words. */
function isFirst({ text, level }: Finding, index: number, all: readonly Finding[]): boolean {
  return level !== 'bad' || all.findIndex((other) => other.text === text) === index
}
