import { ruleProblem, splitToolRules } from '../permissions/parse-rule.js'
import { countedNumbers, numberedFile } from './counted-numbers.js'
import type { CommandIndex } from './discover-commands.js'
import { unreadableGuard } from './guard-hooks.js'
import { type Command, readCommand } from './read-command.js'

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

const CHECKS: readonly Check[] = [encoding, metadata, guards, brokenFence, ambiguousNumbers, toolRules]

function encoding({ garbled }: Command): ReturnType<Check> {
  if (!garbled) return []
  return [{ line: 1, message: 'it is neither UTF-8 nor UTF-16: some characters are lost (\ufffd); save it as UTF-8' }]
}

function metadata({ metadataProblem: problem }: Command): ReturnType<Check> {
  if (problem === null) return []
  return [{ line: problem.line, message: `its metadata is ignored, allowed-tools included: ${problem.message}` }]
}

function guards({ frontMatter }: Command): ReturnType<Check> {
  const guard = unreadableGuard(frontMatter)
  if (guard === null) return []
  return [{ line: 2, message: `its hook \`${guard}\` cannot be read, so its allowed-tools are ignored` }]
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

/** `$1` is the first word in the `auto` dialect, and the second in Claude Code and the `claude` dialect. */
function ambiguousNumbers(command: Command): ReturnType<Check> {
  const { body } = command
  if (/\$0(?!\w)|\$ARGUMENTS\[/.test(body)) return []
  const counts = countedNumbers(body, numberedFile(command))
  const found = [...body.matchAll(/(?<!\\)\$[1-9]\d*(?!\w)/g)].find(({ index }) => counts(index))
  if (found === undefined) return []
  const message = `\`${found[0]}\` is word ${found[0].slice(1)} in codex-plus, but the one after it in Claude Code; name the arguments (\`arguments: [file]\`, \`$file\`) or use $ARGUMENTS`
  return [{ line: lineOf(command, found.index), message }]
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
