import type { Command, Option } from 'commander'
import { parseCodexArguments } from '../../codex/codex-arguments.js'
import { OWN_FLAGS } from '../../codex/own-flags.js'
import { takeProgram } from '../program.js'
import type { Subcommand } from '../subcommand.js'

/** One option as a shell completes it. */
export interface CompletionOption {
  /** Every way to write it: `-f`, `--follow`. */
  readonly names: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  /** The values it can have, where they are known. */
  readonly values: readonly string[]
}

/** One of our subcommands: `['commands', 'list']`. */
export interface CompletionCommand {
  readonly words: readonly string[]
  readonly description: string
  readonly options: readonly CompletionOption[]
  /** The words of its first argument, where they are known. */
  readonly values: readonly string[]
}

/** A subcommand's program, and what calls it. */
export interface SubcommandProgram {
  readonly words: readonly string[]
  readonly summary: string
  readonly program: Command
}

/** The programs of all our subcommands, as they are before they run. */
export async function readSubcommandPrograms(subcommands: readonly Subcommand[]): Promise<SubcommandProgram[]> {
  // A place without any settings: a subcommand reads those of its place first, and tells what is wrong in them.
  const nowhere = { env: { HOME: '/nonexistent' }, cwd: '/' }
  const programs: SubcommandProgram[] = []
  for (const { name, summary, load } of subcommands) {
    const words = name.split(' ')
    const run = await load()
    const program = await takeProgram(() => run(parseCodexArguments(words), nowhere, subcommands))
    programs.push({ words, summary, program })
  }
  return programs
}

/** Every subcommand of ours with what can follow it, `plus` itself included. */
export async function readSubcommandTree(subcommands: readonly Subcommand[]): Promise<CompletionCommand[]> {
  const plus = { words: ['plus'], description: 'codex-plus itself', options: [HELP], values: [] }
  const found = (await readSubcommandPrograms(subcommands)).flatMap(({ words, summary, program }) => [
    { ...commandOf(program, words), description: summary },
    ...program.commands.map((command) => commandOf(command, [...words, command.name()])),
  ])
  return [plus, ...found]
}

/** Our own flags, which stand anywhere. */
export function ownFlagOptions(): CompletionOption[] {
  return OWN_FLAGS.map(({ name, value, description }) => ({
    names: [name],
    description,
    takesValue: value !== null,
    // `echo|URL`: what is in capitals stands for something.
    values: (value ?? '').split('|').filter((word) => /^[a-z]/.test(word)),
  }))
}

/** The words that can come next after a subcommand's own. */
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
