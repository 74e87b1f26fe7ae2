import { ruleProblem, splitToolRules } from '../permissions/permission-rules.js'
import type { CommandIndex } from './discover-commands.js'
import { type Command, readCommand } from './read-command.js'
import { findShellBlocks } from './shell-blocks.js'

/** One likely mistake in a command file, and its location. */
export interface Warning {
  readonly path: string
  readonly line: number
  readonly message: string
}

/** Checks the command files for constructs that probably do not do what their author expects. */
export function lintCommands(index: CommandIndex): Warning[] {
  return [...index.commands.values()].flatMap((file) => {
    if (file.source === 'shipped') return []
    const command = readCommand(file)
    if ('problem' in command) return [{ path: file.path, line: 1, message: command.problem }]
    return CHECKS.flatMap((check) => check(command)).map(({ line, message }) => ({ path: file.path, line, message }))
  })
}

type Check = (command: Command) => Array<{ line: number; message: string }>

const CHECKS: readonly Check[] = [metadata, brokenFence, ambiguousNumbers, numbersInShell, toolRules]

function metadata({ metadataProblem: problem }: Command): ReturnType<Check> {
  if (problem === null) return []
  return [{ line: problem.line, message: `its metadata is ignored, allowed-tools included: ${problem.message}` }]
}

/** The closing fence is the first `---` anywhere, so one inside a description ends the metadata there. */
function brokenFence(command: Command): ReturnType<Check> {
  if (command.bodyLine === 1 || !/^[^\n]*\S/.test(command.body)) return []
  const end = command.body.search(/(^|\n)---[ \t]*(\n|$)/)
  const looksLikeMetadata = /^(.*\n)?[a-z-]+: /i.test(command.body.slice(0, 300))
  if (end === -1 || !looksLikeMetadata) return []
  const message =
    'a `---` inside a value ends the metadata there; the rest is sent as text. Use another dash in the value'
  return [{ line: command.bodyLine, message }]
}

/** `$1` is the first word in the `auto` dialect, and the second in Claude Code 2.1 and the `claude` dialect. */
function ambiguousNumbers(command: Command): ReturnType<Check> {
  const { body } = command
  if (/\$0(?!\w)|\$ARGUMENTS\[/.test(body)) return []
  const at = body.search(/(?<!\\)\$[1-9]\d*(?!\w)/)
  if (at === -1) return []
  const message =
    '`$1` is the first word in codex-plus, but the second one in Claude Code 2.1; name the arguments (`arguments: [file]`, `$file`) or use $ARGUMENTS'
  return [{ line: lineOf(command, at), message }]
}

/** `awk '{print $1}'`: codex-plus replaces `$1` by the argument before the shell runs. */
function numbersInShell(command: Command): ReturnType<Check> {
  return findShellBlocks(command.body)
    .filter(({ command: shell }) => /\b(awk|perl|sed)\b[^`]*(?<!\\)\$\d/.test(shell))
    .map(({ start, command: shell }) => ({
      line: lineOf(command, start),
      message: `\`${/\$\d+/.exec(shell)?.[0]}\` in this shell block is replaced by an argument; write \`\\${/\$\d+/.exec(shell)?.[0]}\` to leave it to the shell`,
    }))
}

function toolRules(command: Command): ReturnType<Check> {
  return splitToolRules(command.frontMatter['allowed-tools']).flatMap((rule) => {
    const problem = ruleProblem(rule)
    return problem === null ? [] : [{ line: 2, message: `allowed-tools: ${JSON.stringify(rule)} ${problem}` }]
  })
}

function lineOf({ body, bodyLine }: Command, at: number): number {
  return bodyLine + body.slice(0, at).split('\n').length - 1
}
