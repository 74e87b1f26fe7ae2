import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { readSettings, type Settings } from '../../config/settings.js'
import { folderTrust } from '../../config/trust.js'
import { CodexPlusError } from '../../errors.js'
import { gitRoot, homeFolder } from '../../paths.js'
import { judgeCall, type ToolCall } from '../../permissions/judge-call.js'
import type { Judgement } from '../../permissions/judgement.js'
import { hooksForbidden, listRules, ruleListText } from '../../permissions/list-rules.js'
import { createPolicy } from '../../permissions/policy.js'
import { readPermissionSettings } from '../../permissions/read-settings.js'
import { noticeLine } from '../../run/notices.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn, printableLine } from '../../terminal/printable.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

interface TestOptions {
  readonly json?: boolean
  readonly tool?: string
  readonly file?: string
  readonly command?: string
  readonly url?: string
}

/** Runs `codex-plus plus permissions list|test`. */
export async function runPermissions(invocation: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  const { settings, notices } = await readSettings({ own: invocation.own, ...context })
  for (const line of notices) process.stderr.write(noticeLine(line))
  const { env, cwd } = context
  const trusted = (): boolean => folderTrust(cwd, gitRoot(cwd), env).trusted

  const program = new Command('codex-plus plus permissions').description(
    "the permission rules that hold for the model's tool calls here",
  )
  program
    .command('list')
    .description('every rule, where it stands, and whether it holds for codex')
    .option('--json', 'one JSON object')
    .action(({ json }: { json?: boolean }) => {
      const list = listRules({
        settings: readPermissionSettings({ cwd, env }),
        trusted: trusted(),
        off: rulesOff(settings),
      })
      print(json ? jsonOn(process.stdout, list, 2) : ruleListText(list))
    })
  program
    .command('test [call]')
    .description("what the rules say of a call: 'Bash(git push)', 'Edit(src/x.ts)', 'mcp__server__tool'")
    .option('--tool <name>', 'the tool, in place of the call')
    .option('--file <path>', 'the file that the tool reads or changes')
    .option('--command <line>', 'the command of Bash')
    .option('--url <url>', 'the URL of WebFetch')
    .option('--json', 'one JSON object')
    .action((call: string | undefined, options: TestOptions) => {
      const policy = createPolicy({
        settings: readPermissionSettings({ cwd, env }),
        trusted: trusted(),
        cwd,
        home: homeFolder(env),
      })
      const judgement = judgeCall(readCall(call, options), cwd, policy)
      print(options.json ? jsonOn(process.stdout, judgementJson(judgement)) : judgementText(judgement))
    })
  await runProgram(program, invocation.ownCommand?.slice(2) ?? [])
  return { code: 0, signal: null }
}

/** Why no rule holds here; null where they do. */
export function rulesOff({ permissions, safe }: Settings): string | null {
  if (safe) return 'safe mode is on'
  return permissions ? hooksForbidden() : 'permissions are switched off'
}

function readCall(call: string | undefined, options: TestOptions): ToolCall {
  if (call === undefined && options.tool === undefined) {
    throw usage('permissions test needs a call, or --tool with what it is called with.')
  }
  const [, name, content] = /^\s*([A-Za-z_][\w.-]*)(?:\(([\s\S]*)\))?\s*$/.exec(call ?? options.tool ?? '') ?? []
  if (name === undefined) throw usage(`'${call ?? options.tool}' is not a call of a tool.`)
  const { file, command, url } = options
  const input = {
    ...inputOf(name, content),
    ...given('file_path', file),
    ...given('command', command),
    ...given('url', url),
  }
  if (name === 'Bash' && !('command' in input)) throw usage('Bash needs a command.')
  return { name, input }
}

/** What stands in the parentheses of a call, as the input of its tool. */
function inputOf(name: string, content: string | undefined): Record<string, unknown> {
  if (content === undefined) return {}
  if (name === 'Bash') return { command: content }
  if (name === 'WebFetch') return { url: content.replace(/^domain:(.+)$/, 'https://$1/') }
  if (name === 'WebSearch') return { query: content }
  if (name === 'Agent' || name === 'Task') return { subagent_type: content }
  return { file_path: content }
}

function given(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value }
}

function judgementJson({ verdict, rule }: Judgement): object {
  return { verdict, rule: rule?.rule ?? null, file: rule?.file ?? null, line: rule?.line ?? null }
}

function judgementText({ verdict, rule, reason }: Judgement): string {
  const place = rule === null ? '' : `  ${rule.kind} ${rule.rule} (${rule.file}:${rule.line})`
  return [`${verdict}${place}`, reason].map(printableLine).join('\n')
}

function usage(message: string): CodexPlusError {
  return new CodexPlusError('CP_USAGE', message, {
    hint: "Write the tool and what it is called with: codex-plus plus permissions test 'Bash(git push)'.",
  })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
