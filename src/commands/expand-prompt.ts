import { CodexPlusError, formatError } from '../errors.js'
import { matchesPath } from '../permissions/parse-rule.js'
import { unmark } from './argument-marks.js'
import { type Attachment, attachReferences } from './attach-references.js'
import { isClaudeBuiltIn } from './claude-built-ins.js'
import { substitutePlaceholders } from './codex-placeholders.js'
import { countedNumbers, numberedFile } from './counted-numbers.js'
import type { CommandFile, CommandIndex } from './discover-commands.js'
import { expandBlocks } from './expand-blocks.js'
import type { CommandReview, ExpandContext } from './expand-context.js'
import type { Expansion } from './expansion.js'
import { findReferences } from './find-references.js'
import { type Command, isUserInvocable, readCommand } from './read-command.js'
import { readablePaths } from './readable-paths.js'
import { findShellBlocks, spliceOutputs } from './shell-blocks.js'
import { looksLikeCommand, nearestName, parseSlash } from './slash-prompt.js'
import { argumentNames, countingOf, substituteArguments, substituteVariables } from './substitute-arguments.js'

/** Expands a prompt as Claude Code does (claude-code-2.1 section 0): parse, look up, substitute, run, attach. */
export async function expandPrompt(prompt: string, context: ExpandContext): Promise<Expansion> {
  const slash = parseSlash(prompt)
  if (slash === null) return passthrough(prompt, context)
  const file = findCommand(slash.name, context.index)
  if (file === null) return unknown(prompt, slash.name, context)
  const read = readCommand(file)
  if ('problem' in read) return failure(null, slash.args, read.problem)
  const command = runsCode(read) && context.isConfirmed?.(read) === false ? { ...read, held: true } : read
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
    const expansion = await expandCommand(command, slash.args, context, review?.reviewBlock)
    if (expansion.outcome !== 'prompt' || !review) return expansion
    return { ...expansion, text: [...expansion.text, ...review.contexts] }
  } catch (error) {
    if (!(error instanceof CodexPlusError)) throw error
    return failure(command, slash.args, `${command.path}: ${formatError(error)}`)
  }
}

/**
 * Finds a command by its exact name, a skill by the `name:` of its front matter (claude-code-2.1 section 1.2), or a prompt
 * file of codex by `prompts:NAME`, also where another command has its name.
 */
export function findCommand(name: string, index: CommandIndex): CommandFile | null {
  const exact = index.commands.get(name)
  if (exact) return exact
  if (name.startsWith(PROMPTS)) {
    const all = [...index.commands.values(), ...index.shadowed]
    const prompt = all.find((file) => file.source === 'codex' && file.name === name.slice(PROMPTS.length))
    if (prompt) return prompt
  }
  for (const file of index.commands.values()) {
    if (file.skillFolder === null) continue
    const command = readCommand(file)
    if (!('problem' in command) && command.frontMatter.name === name) return file
  }
  return null
}

/** What codex put in front of the names of its prompt files. */
export const PROMPTS = 'prompts:'

/** Substitutes the arguments by the rules of the command's kind. The values are marked. */
function fillIn(text: string, command: Command, args: string, { dialect }: ExpandContext): string {
  if (command.source === 'codex') return substitutePlaceholders(text, args, `/${PROMPTS}${command.name}`)
  const counting = dialect === 'claude' ? 'from-zero' : countingOf(command.body)
  const names = argumentNames(command.frontMatter.arguments)
  return substituteArguments(text, { args, names, counting, counts: countsOf(command, text, dialect) })
}

async function expandCommand(
  command: Command,
  args: string,
  context: ExpandContext,
  reviewBlock: CommandReview['reviewBlock'],
): Promise<Expansion> {
  const { body } = command
  if (context.dialect === 'auto' && /^!(?!`)[ \t]*\S/.test(body.trim()))
    return await runWhole(command, args, context, reviewBlock)

  const variables = variablesOf(command, context)
  let marked = substituteVariables(fillIn(body, command, args, context), variables)
  if (command.skillFolder !== null) marked = `Base directory for this skill: ${command.skillFolder}\n\n${marked}`
  let text = unmark(marked)

  const blocks = findShellBlocks(text).filter(({ start, source }) => marked[start + source.indexOf('!')] === '!')
  if (blocks.length > 0) {
    const ran = await expandBlocks(blocks, command, context, { handsOver: context.dialect === 'auto', reviewBlock })
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

/** Which `$N` of a text stand for arguments; in the `claude` dialect every one does. */
function countsOf(command: Command, text: string, dialect: 'auto' | 'claude'): (at: number) => boolean {
  return dialect === 'claude' ? () => true : countedNumbers(text, numberedFile(command))
}

/** A rule of the `auto` dialect only: a body that is `!` and a command runs it, and its output is the local answer. */
async function runWhole(
  command: Command,
  args: string,
  context: ExpandContext,
  reviewBlock: CommandReview['reviewBlock'],
): Promise<Expansion> {
  const source = command.body.trim().slice(1).trim()
  // Arguments without a placeholder are not appended to a shell command.
  const used = unmark(fillIn(source, command, args, context)).replace(/\n\nARGUMENTS: [\s\S]*$/, '')
  const line = substituteVariables(used, variablesOf(command, context))
  const block = { command: line, source: `!${line}`, start: 0, end: 0 }
  const limited = { ...context, shellTimeoutMs: WHOLE_TIMEOUT }
  const ran = await expandBlocks([block], command, limited, { handsOver: false, reviewBlock })
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

function variablesOf(command: Command, context: ExpandContext): Record<string, string> {
  return {
    CLAUDE_SESSION_ID: context.sessionId,
    CLAUDE_PROJECT_DIR: context.projectDir,
    CLAUDE_EFFORT: context.effort,
    ...(command.skillFolder === null ? {} : { CLAUDE_SKILL_DIR: command.skillFolder }),
  }
}

/** Whether a command may have shell blocks or hooks. */
function runsCode({ body, frontMatter }: Command): boolean {
  return body.includes('!') || frontMatter.hooks !== undefined
}
