// This folder writes the completion scripts for bash, zsh and fish from the tree of subcommands, which this file reads.
import type { Command, Option } from 'commander'
import { parseCodexArguments } from '../../codex/parse-arguments.js'
import { OWN_FLAGS } from '../../codex/plus-flags.js'
import { captureProgram } from '../program.js'
import type { Subcommand } from '../subcommand.js'

/** One option as a shell completes it. */
export interface CompletionOption {
  /** All its names: `-f`, `--follow`. */
  readonly names: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  /** The values it accepts, if they are known. */
  readonly values: readonly string[]
}

/** A subcommand of codex-plus by its words: `['commands', 'list']`. */
export interface CompletionCommand {
  readonly words: readonly string[]
  readonly description: string
  readonly options: readonly CompletionOption[]
  /** The values of its first argument, if they are known. */
  readonly values: readonly string[]
}

/** The program of a subcommand and the words that call it. */
export interface SubcommandProgram {
  readonly words: readonly string[]
  readonly summary: string
  readonly program: Command
}

/** Returns the programs of all subcommands without running them. */
export async function readSubcommandPrograms(subcommands: readonly Subcommand[]): Promise<SubcommandProgram[]> {
  // Subcommands read the settings first and report errors in them: this context has none.
  const withoutSettings = { env: { HOME: '/nonexistent' }, cwd: '/' }
  const programs: SubcommandProgram[] = []
  for (const { name, summary, load } of subcommands) {
    const words = name.split(' ')
    const run = await load()
    const program = await captureProgram(() => run(parseCodexArguments(words), withoutSettings, subcommands))
    programs.push({ words, summary, program })
  }
  return programs
}

/** Returns every subcommand of codex-plus with its options and values, including `plus` itself. */
export async function readSubcommandTree(subcommands: readonly Subcommand[]): Promise<CompletionCommand[]> {
  const plus = { words: ['plus'], description: 'codex-plus itself', options: [HELP], values: [] }
  const found = (await readSubcommandPrograms(subcommands)).flatMap(({ words, summary, program }) => [
    { ...commandOf(program, words), description: summary },
    ...program.commands.map((command) => commandOf(command, [...words, command.name()])),
  ])
  return [plus, ...found]
}

/** Returns the `--plus-*` flags as options; they are valid anywhere on the command line. */
export function ownFlagOptions(): CompletionOption[] {
  return OWN_FLAGS.map(({ name, value, description }) => ({
    names: [name],
    description,
    takesValue: value !== null,
    // `echo|URL`: capitals are a placeholder, not a value.
    values: (value ?? '').split('|').filter((word) => /^[a-z]/.test(word)),
  }))
}

/** Returns the subcommands directly below `words`. */
export function childrenOf(words: readonly string[], commands: readonly CompletionCommand[]): CompletionCommand[] {
  return commands.filter(
    (command) => command.words.length === words.length + 1 && words.every((word, at) => command.words[at] === word),
  )
}

const HELP: CompletionOption = { names: ['-h', '--help'], description: 'show help', takesValue: false, values: [] }

function commandOf(command: Command, words: readonly string[]): CompletionCommand {
  const [argument] = command.registeredArguments
  return {
    words,
    description: command.description(),
    options: [...command.options.map(optionOf), HELP],
    values: argument?.argChoices ?? [],
  }
}

function optionOf({ short, long, description, required, optional, argChoices }: Option): CompletionOption {
  const names = [short, long].filter((name) => name !== undefined && name !== null)
  return { names, description, takesValue: required || optional, values: argChoices ?? [] }
}
