import type { ClaudeSettings } from '../config/claude-settings.js'
import { CodexPlusError, formatError } from '../errors.js'
import { checkShellCommand, type PermissionContext, type Refusal } from '../permissions/check-shell-command.js'
import { matchesPath, splitToolRules } from '../permissions/permission-rules.js'
import { unmark } from './argument-marks.js'
import { type Attachment, attachReferences } from './attach-references.js'
import { isClaudeBuiltIn } from './claude-built-ins.js'
import { countedNumbers, numberedFile } from './counted-numbers.js'
import type { CommandFile, CommandIndex } from './discover-commands.js'
import type { Expansion } from './expansion.js'
import { findReferences } from './find-references.js'
import { unreadableGuard } from './guard-hooks.js'
import { handOverTexts } from './hand-over.js'
import { type Command, isUserInvocable, readCommand } from './read-command.js'
import { readablePaths } from './readable-paths.js'
import { runShell, type ShellResult } from './run-shell-block.js'
import { findShellBlocks, type ShellBlock, spliceOutputs } from './shell-blocks.js'
import { looksLikeCommand, nearestName, parseSlash } from './slash-prompt.js'
import { argumentNames, countingOf, substituteArguments, substituteVariables } from './substitute-arguments.js'

/** The decision of the hooks about a command that is about to be expanded. */
export interface CommandReview {
  /** Why the command is refused (no part of it runs then); null when it is allowed. */
  readonly refusal: string | null
  /** Texts that are sent after the command's own text. */
  readonly contexts: readonly string[]
}

export interface ExpandContext {
  readonly cwd: string
  /** The folder the session was started in: `${CLAUDE_PROJECT_DIR}`. */
  readonly projectDir: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly dialect: 'auto' | 'claude'
  readonly sessionId: string
  readonly effort: string
  readonly index: CommandIndex
  readonly settings: ClaudeSettings
  /** Whether the working directory is trusted; each command has a trust of its own. */
  readonly trusted: boolean
  readonly shellTimeoutMs: number
  readonly outputFolder: string
  /** Called before any part of a command runs. */
  readonly review?: (command: Command, args: string, prompt: string) => Promise<CommandReview>
  /** Whether a project's command is as its user knows it, so that its shell blocks and hooks may run; without it all are. */
  readonly isConfirmed?: (command: Command) => boolean
  readonly signal?: AbortSignal
}

/** Expands a prompt as Claude Code does (claude-code-2.1 section 0): parse, look up, substitute, run, attach. */
export async function expandPrompt(prompt: string, context: ExpandContext): Promise<Expansion> {
  const slash = parseSlash(prompt)
  if (slash === null) return passthrough(prompt, context)
  const file = findCommand(slash.name, context.index)
  if (file === null) return unknown(prompt, slash.name, context)
  const read = readCommand(file)
  if ('problem' in read) return failure(null, slash.args, read.problem)
  const command = context.isConfirmed?.(read) === false ? { ...read, held: true } : read
  if (!isUserInvocable(command)) {
    return failure(
      command,
      slash.args,
      `/${command.name} is reserved for the model: ${command.path} has \`user-invocable: false\`. Remove that key to type it.`,
    )
  }
  try {
    const review = await context.review?.(command, slash.args, prompt)
    if (review && review.refusal !== null) return failure(command, slash.args, review.refusal)
    const expansion = await expandCommand(command, slash.args, context)
    if (expansion.outcome !== 'prompt' || !review) return expansion
    return { ...expansion, text: [...expansion.text, ...review.contexts] }
  } catch (error) {
    if (!(error instanceof CodexPlusError)) throw error
    return failure(command, slash.args, `${command.path}: ${formatError(error)}`)
  }
}

/** Finds a command by its exact name, or a skill by the `name:` of its front matter (claude-code-2.1 section 1.2). */
export function findCommand(name: string, index: CommandIndex): CommandFile | null {
  const exact = index.commands.get(name)
  if (exact) return exact
  for (const file of index.commands.values()) {
    if (file.skillFolder === null) continue
    const command = readCommand(file)
    if (!('problem' in command) && command.frontMatter.name === name) return file
  }
  return null
}

async function expandCommand(command: Command, args: string, context: ExpandContext): Promise<Expansion> {
  const { body, frontMatter } = command
  if (context.dialect === 'auto' && /^!(?!`)[ \t]*\S/.test(body.trim())) return await runWhole(command, args, context)

  const counting = context.dialect === 'claude' ? 'from-zero' : countingOf(body)
  const names = argumentNames(frontMatter.arguments)
  const variables = variablesOf(command, context)
  const counts = countsOf(command, body, context.dialect)
  let marked = substituteVariables(substituteArguments(body, { args, names, counting, counts }), variables)
  if (command.skillFolder !== null) marked = `Base directory for this skill: ${command.skillFolder}\n\n${marked}`
  let text = unmark(marked)

  const blocks = findShellBlocks(text).filter(({ start, source }) => marked[start + source.indexOf('!')] === '!')
  if (blocks.length > 0) {
    const ran = await runBlocks(blocks, command, context, context.dialect === 'auto')
    if ('problem' in ran) return failure(command, args, ran.problem)
    text = ran.preface + spliceOutputs(text, blocks, ran.outputs)
  }
  // A command file of a folder that is not trusted may not reference files outside of the project, in no dialect.
  const ownText = command.trusted ? marked : ''
  const limited = context.dialect === 'auto' || !command.trusted || !context.trusted
  const reach = limited ? readablePaths(ownText, projectOf(context)) : undefined
  const attachments = attachTo(text, context, reach)
  return { outcome: 'prompt', command, args, text: text === '' ? [] : [text], attachments, message: null }
}

/**
 * Runs all blocks of a command in parallel; one that a deny rule covers or that fails ends the command (claude-code-2.1
 * section 1.6). One that no rule allows ends it too, or is handed over to the model.
 */
async function runBlocks(
  blocks: readonly ShellBlock[],
  command: Command,
  context: ExpandContext,
  handsOver: boolean,
): Promise<{ outputs: string[]; preface: string } | { problem: string }> {
  if (context.settings.disableSkillShellExecution) {
    return { outputs: blocks.map(() => '[shell command execution disabled by policy]'), preface: '' }
  }
  if (!command.trusted) return { problem: untrusted(command, blocks[0]) }
  if (command.held) return { problem: changed(command, blocks[0]) }
  const permissions = permissionsFor(command, context)
  const handedOver: ShellBlock[] = []
  for (const block of blocks) {
    const verdict = checkShellCommand(block.command, permissions)
    if (verdict.allowed) continue
    if (!handsOver || verdict.denied) return { problem: refusal(command, block, verdict) }
    handedOver.push(block)
  }
  const { preface, textOf } = handOverTexts(handedOver)
  const results = await Promise.all(
    blocks.map(async (block): Promise<ShellResult> => {
      if (handedOver.includes(block)) return { output: textOf(block) }
      return await runShell(block.command, shellOptions(context))
    }),
  )
  for (const [index, result] of results.entries()) {
    const block = blocks[index]
    if ('failure' in result && block) {
      const output = result.output === '' ? '' : `\n${result.output}`
      return { problem: `${locationOf(command, block)}: ${block.source} failed (${result.failure}).${output}` }
    }
  }
  return { outputs: results.map(({ output }) => output), preface }
}

/** Which `$N` of a text stand for arguments; in the `claude` dialect every one does. */
function countsOf(command: Command, text: string, dialect: 'auto' | 'claude'): (at: number) => boolean {
  return dialect === 'claude' ? () => true : countedNumbers(text, numberedFile(command))
}

/** A rule of the `auto` dialect only: a body that is `!` and a command runs it, and its output is the local answer. */
async function runWhole(command: Command, args: string, context: ExpandContext): Promise<Expansion> {
  const counting = countingOf(command.body)
  const names = argumentNames(command.frontMatter.arguments)
  const source = command.body.trim().slice(1).trim()
  // Arguments without a placeholder are not appended to a shell command.
  const counts = countsOf(command, source, context.dialect)
  const used = unmark(substituteArguments(source, { args, names, counting, counts })).replace(
    /\n\nARGUMENTS: [\s\S]*$/,
    '',
  )
  const line = substituteVariables(used, variablesOf(command, context))
  const block = { command: line, source: `!${line}`, start: 0, end: 0 }
  const ran = await runBlocks([block], command, { ...context, shellTimeoutMs: WHOLE_TIMEOUT }, false)
  if ('problem' in ran) return failure(command, args, ran.problem)
  return local(command, args, ran.outputs[0] ?? '')
}

const WHOLE_TIMEOUT = 30_000

function passthrough(prompt: string, context: ExpandContext): Expansion {
  const attachments = attachTo(prompt, context)
  return { outcome: 'passthrough', command: null, args: '', text: [prompt], attachments, message: null }
}

/** A `/name` without a command is sent as typed, as Claude Code's `-p` does (claude-code-2.1 section 1.1). */
function unknown(prompt: string, name: string, context: ExpandContext): Expansion {
  const expansion = passthrough(prompt, context)
  if (!looksLikeCommand(name)) return expansion
  if (context.dialect === 'claude' && isClaudeBuiltIn(name)) {
    return failure(null, '', `/${name} is a command of Claude Code's own interface; it is not available in codex.`)
  }
  return { ...expansion, unknown: { name, near: nearestName(name, context.index.commands.keys()) } }
}

function local(command: Command | null, args: string, message: string): Expansion {
  return { outcome: 'local', command, args, text: [], attachments: [], message }
}

function failure(command: Command | null, args: string, message: string): Expansion {
  return { ...local(command, args, message), failed: true }
}

function attachTo(text: string, context: ExpandContext, reach?: ReturnType<typeof readablePaths>): Attachment[] {
  const references = findReferences(text)
  if (references.length === 0) return []
  const { cwd, home, env, settings } = context
  const maxTokens = Number(env.CLAUDE_CODE_FILE_READ_MAX_OUTPUT_TOKENS) || 25_000
  const denies = (path: string): boolean => settings.permissions.deny.some((rule) => matchesPath(rule, path, cwd, home))
  return attachReferences(references, { cwd, home, denies, maxTokens, ...(reach && { reach }) })
}

function projectOf({ cwd, settings }: ExpandContext): Parameters<typeof readablePaths>[1] {
  return { cwd, directories: settings.permissions.directories }
}

function permissionsFor(command: Command, context: ExpandContext): PermissionContext {
  const { permissions } = context.settings
  const variables = { CLAUDE_PROJECT_DIR: context.projectDir }
  const { frontMatter } = command
  const allowed = unreadableGuard(frontMatter) === null ? frontMatter['allowed-tools'] : undefined
  const own = splitToolRules(allowed).map((rule) => substituteVariables(rule, variables))
  return {
    cwd: context.cwd,
    directories: [context.cwd, ...permissions.directories],
    home: context.home,
    allow: [...own, ...permissions.allow],
    deny: [...permissions.deny],
    ask: [...permissions.ask],
    mode: MODES.find((mode) => mode === permissions.mode) ?? 'default',
  }
}

const MODES = ['default', 'acceptEdits', 'bypassPermissions', 'plan', 'dontAsk'] as const

function variablesOf(command: Command, context: ExpandContext): Record<string, string> {
  return {
    CLAUDE_SESSION_ID: context.sessionId,
    CLAUDE_PROJECT_DIR: context.projectDir,
    CLAUDE_EFFORT: context.effort,
    ...(command.skillFolder === null ? {} : { CLAUDE_SKILL_DIR: command.skillFolder }),
  }
}

function shellOptions(context: ExpandContext): Parameters<typeof runShell>[1] {
  const { cwd, env, home, shellTimeoutMs, outputFolder, signal } = context
  return {
    cwd,
    directories: [cwd, ...context.settings.permissions.directories],
    home,
    outputFolder,
    timeoutMs: Number(env.BASH_DEFAULT_TIMEOUT_MS) || shellTimeoutMs,
    env: {
      ...env,
      ...context.settings.env,
      CLAUDECODE: '1',
      CLAUDE_CODE_SESSION_ID: context.sessionId,
      CLAUDE_CODE_ENTRYPOINT: 'cli',
      CLAUDE_EFFORT: context.effort,
      GIT_EDITOR: 'true',
    },
    ...(signal === undefined ? {} : { signal }),
  }
}

/** Returns file and line of a block; the first block's line when arguments have changed the block's text. */
function locationOf(command: Command, block: ShellBlock): string {
  const marker = command.body.indexOf(block.source)
  const at = marker === -1 ? command.body.search(/!`|```!|^!/m) : marker
  const line = command.bodyLine + (at === -1 ? 0 : command.body.slice(0, at).split('\n').length - 1)
  return `${command.path}:${line}`
}

/** What was not run, why, and the rule that would allow it where a rule can. */
function refusal(command: Command, block: ShellBlock, { reason, remedy }: Refusal): string {
  const said = `${locationOf(command, block)}: ${block.source} was not run: ${reason}.`
  const guard = unreadableGuard(command.frontMatter)
  if (guard !== null) {
    return `${said} The \`allowed-tools\` of ${command.path} do not count, because its hook \`${guard}\` cannot be read. Fix the hook.`
  }
  if (remedy === undefined) return said
  return `${said} Add \`allowed-tools: ${remedy}\` to its front matter, or "${remedy}" to permissions.allow of .claude/settings.json.`
}

function untrusted(command: Command, block: ShellBlock | undefined): string {
  const where = block === undefined ? command.path : locationOf(command, block)
  return `${where}: its shell commands do not run in a folder you have not trusted. Run \`codex-plus plus trust\` first.`
}

function changed(command: Command, block: ShellBlock | undefined): string {
  const where = block === undefined ? command.path : locationOf(command, block)
  return `${where}: its shell commands do not run: the file has changed, and since then the model may have written it, as tool calls of the model have run in this folder. Read the file, then run \`codex-plus plus trust\`, or type \`/reload\` here.`
}
