import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { type CommandEngine, type CommandEngineOptions, createCommandEngine } from '../../commands/command-engine.js'
import type { Expansion } from '../../commands/expansion.js'
import { lintCommands } from '../../commands/lint-commands.js'
import type { CommandRow } from '../../commands/list-commands.js'
import { listText } from '../../commands/list-commands.js'
import { numberNotes } from '../../commands/number-notes.js'
import { readCommand } from '../../commands/read-command.js'
import { openConfirmed } from '../../config/confirmed-files.js'
import { limitProblems } from '../../config/limit-problems.js'
import { readSettings } from '../../config/settings.js'
import { CodexPlusError } from '../../errors.js'
import { createHookEngine } from '../../hooks/engine.js'
import { COMMAND_SOURCES } from '../../hooks/expansion-hooks.js'
import { shellBlockReview } from '../../hooks/shell-block-hooks.js'
import { silentLog } from '../../log/log.js'
import { type LazyPrompts, openLazyPrompts } from '../../mcp/lazy-prompts.js'
import type { Modules } from '../../modules/open-modules.js'
import { noticeLine } from '../../run/notices.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn, printableLine, printableOn } from '../../terminal/printable.js'
import { openModulesOf } from '../folder-modules.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** The commands of a working directory. `close` ends the modules and MCP servers that were loaded for them. */
interface OpenCommands {
  readonly found: CommandEngine
  readonly modules: Modules | null
  readonly mcp: LazyPrompts | null
  close(): Promise<void>
}

interface ListOptions {
  readonly json?: boolean
  readonly all?: boolean
  readonly mcp?: boolean
  readonly names?: boolean
}

/** `codex-plus commands list|show|expand|lint`. */
export async function runCommands(invocation: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  const { settings, notices } = await readSettings({ own: invocation.own, ...context })
  for (const line of notices) process.stderr.write(noticeLine(line))
  let code = 0
  /** Opens the commands of the working directory, modules and MCP prompts included; the caller closes them. */
  const open = (dialect = settings.dialect, assumeTrust = false): OpenCommands => {
    const onProblem = (line: string): void => void process.stderr.write(noticeLine(line))
    const rows = (): readonly CommandRow[] => found.rows()
    const modules = settings.modules
      ? openModulesOf({ ...settings, dialect }, context, { assumeTrust, rows, onProblem })
      : null
    const mcp = settings.mcp
      ? openLazyPrompts({
          ...context,
          dialect,
          assumeTrust,
          pool: async (servers) => (await import('../folder-mcp.js')).poolOf(servers, context, silentLog),
        })
      : null
    const found = createCommandEngine({
      ...context,
      dialect,
      shellTimeoutMs: settings.shellTimeoutMs,
      assumeTrust,
      confirmed: openConfirmed(context.cwd, context.env),
      lists: settings.commandLists,
      say: onProblem,
      // Of the hooks only those that guard shell blocks run here, as the blocks do.
      ...(settings.hooks.enabled && { review: reviewBlocks(context, settings.hooks.onError, assumeTrust, onProblem) }),
      extensions: [mcp, modules].flatMap((more) => (more === null ? [] : [more.extension])),
    })
    const close = async (): Promise<void> => void (await Promise.all([mcp?.close(), modules?.close()]))
    return { found, modules, mcp, close }
  }
  const openEngine = (): CommandEngine => open().found

  const program = new Command('codex-plus commands').description('the slash commands of the working directory')
  program
    .command('list')
    .description('list every command, where it comes from, and the files that could not be read')
    .option('--json', 'print one JSON object')
    .option('--all', 'also list commands shadowed by another file of the same name')
    .option('--mcp', 'start the MCP servers and ask for their prompts, in place of showing those of the last run')
    .option('--names', 'print only the names, one per line')
    .action(async ({ json, all, mcp: ask, names }: ListOptions) => {
      const { found, modules, mcp, close } = open()
      await Promise.all([modules?.load(), ask ? mcp?.load() : undefined])
      await close()
      // A completion reads them from a pipe; a name has no line feed.
      if (names) return print(printableOn(process.stdout, [...found.names()].sort().join('\n')))
      const [commands, { problems }] = [found.rows(all), found.index()]
      print(json ? jsonOn(process.stdout, { commands, problems }, 2) : listText(commands, problems))
    })
  program
    .command('show <name>')
    .description('print one command file, and which $1 in it are words of the arguments')
    .action((name: string) =>
      print(printableOn(process.stdout, showCommand(openEngine(), name.replace(/^\//, ''), settings.dialect))),
    )
  program
    .command('expand <prompt...>')
    .description('print what would be sent for a prompt; its shell blocks run')
    .option('--json', 'print one JSON object')
    .option('--dialect <dialect>', 'auto or claude', settings.dialect)
    .option('--trust', 'run the shell blocks of this project as if its folder were trusted')
    .action(async (words: string[], options: { json?: boolean; dialect: string; trust?: boolean }) => {
      if (options.dialect !== 'auto' && options.dialect !== 'claude') {
        throw new CodexPlusError('CP_USAGE', `there is no dialect '${options.dialect}'.`, {
          hint: 'Give auto or claude.',
        })
      }
      const id = '00000000-0000-0000-0000-000000000000'
      const { found, close } = open(options.dialect, options.trust)
      const expansion = await found.expand(words.join(' '), { sessionId: id, effort: null })
      await close()
      print(
        options.json
          ? jsonOn(process.stdout, expansionJson(expansion))
          : printableOn(process.stdout, expansionText(expansion)),
      )
      const { outcome, by } = expansion
      // An answer of a module is not an error.
      if (!options.json && outcome === 'local' && !by) code = 1
    })
  program
    .command('lint')
    .description('report constructs in command files that probably do not do what you expect')
    .option('--json', 'print one JSON list')
    .action(({ json }: { json?: boolean }) => {
      const warnings = lintCommands(openEngine().index())
      if (json) return print(jsonOn(process.stdout, warnings, 2))
      for (const { path, line, message } of warnings) print(printableLine(`${path}:${line}: ${message}.`))
      if (warnings.length > 0) code = 1
    })
  await runProgram(program, invocation.ownCommand?.slice(1) ?? [])
  return { code, signal: null }
}

/** Returns the review that lets PreSkillShellCommand hooks decide about the shell blocks of a command. */
function reviewBlocks(
  context: SubcommandContext,
  onError: 'open' | 'closed',
  assumeTrust: boolean,
  onNotice: (line: string) => void,
): NonNullable<CommandEngineOptions['review']> {
  const onProblems = (lines: readonly string[]): void => limitProblems(lines).forEach(onNotice)
  const hooks = createHookEngine({ ...context, onError, assumeTrust, onNotice, onProblems })
  return async (command, _args, _prompt, { sessionId, effort, signal }) => {
    hooks.invoked(command, sessionId)
    const common = { session_id: sessionId, cwd: context.cwd }
    const owner = { name: command.name, source: COMMAND_SOURCES[command.source], common, effort, signal }
    return { refusal: null, contexts: [], reviewBlock: shellBlockReview(hooks, owner) }
  }
}

function showCommand(engine: CommandEngine, name: string, dialect: 'auto' | 'claude'): string {
  const file = engine.index().commands.get(name)
  if (!file) {
    throw new CodexPlusError('CP_COMMAND_NOT_FOUND', `there is no command /${name}.`, {
      hint: '`codex-plus commands list` lists all commands.',
    })
  }
  const command = readCommand(file)
  if ('problem' in command) throw new CodexPlusError('CP_COMMAND_UNREADABLE', command.problem)
  const { frontMatter, body } = command
  const metadata = Object.entries(frontMatter).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const numbers = numberNotes(command, dialect)
  const notes = numbers.length === 0 ? [] : ['', `Words by number (dialect ${dialect}):`, ...numbers]
  return [`/${name} (${file.source}) ${file.path}`, ...metadata, '', body.trimEnd(), ...notes].join('\n')
}

/** Returns the JSON of `commands expand --json`; its fields are a stable interface. */
function expansionJson(expansion: Expansion): object {
  const { outcome, command, by, text, message } = expansion
  const attachments = expansion.attachments.map((attachment) => {
    if (attachment.kind !== 'image') return attachment
    const { bytes: _bytes, ...rest } = attachment
    return rest
  })
  return {
    outcome,
    command: command?.name ?? by?.name ?? null,
    source: command?.path ?? by?.path ?? null,
    text,
    attachments,
    message,
  }
}

function expansionText({ outcome, text, attachments, message }: Expansion): string {
  if (outcome === 'local') return message ?? ''
  const rows = attachments.map((attachment) => `[${attachment.kind} ${attachment.path}]`)
  return [...text, ...rows].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
