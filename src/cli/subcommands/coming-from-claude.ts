import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { readSettings } from '../../config/settings.js'
import { noticeLine } from '../../run/notices.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn } from '../../terminal/printable.js'
import { createPaint, terminalWidth } from '../../view/paint.js'
import { findClaudeItems } from '../from-claude/find-items.js'
import { itemsText } from '../from-claude/items-text.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** `plus coming-from-claude [--json]`: what of each `.claude` folder works with codex, and what to change. */
export async function runComingFromClaude(
  invocation: CodexInvocation,
  { env, cwd }: SubcommandContext,
): Promise<ExitStatus> {
  const program = new Command('codex-plus plus coming-from-claude')
    .description('what of your .claude folders works with codex, what does not, and what to change')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      const folder = invocation.cd === null ? cwd : resolve(cwd, invocation.cd)
      const { settings, notices } = await readSettings({ own: invocation.own, env, cwd: folder })
      for (const line of notices) process.stderr.write(noticeLine(line))
      const folders = findClaudeItems({ cwd: folder, env, settings })
      const width = Math.min(terminalWidth(process.stdout), 100)
      const paint = createPaint(process.stdout, env)
      const text = json ? jsonOn(process.stdout, { folders }, 2) : itemsText(folders, paint, width)
      process.stdout.write(`${text}\n`)
    })
  await runProgram(program, invocation.ownCommand?.slice(2) ?? [])
  return { code: 0, signal: null }
}
