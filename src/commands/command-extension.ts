import type { ExpandOptions, Expansion } from './expansion.js'
import type { CommandRow } from './list-commands.js'

/** Something that knows further commands, or goes on from what a command file gave: modules, prompts of MCP servers. */
export interface CommandExtension {
  /** Its own commands, as they are known now: for the list, and for what is typed in the TUI. */
  rows(): readonly CommandRow[]
  /** Whether a name may be one of its own though no row has it yet: its server was not asked so far. */
  mayHave?(name: string): boolean
  /** Beginnings of words that make a prompt without a slash its business, e.g. `@server:`. */
  mentions?(): readonly string[]
  /** Whether it always answers a command without the model. */
  answersHere?(name: string): boolean
  /**
   * The expansion to go on with. It gets what the files made of the prompt (`passthrough` or `unknown` where no file has
   * that name) and returns it unchanged, or another in its place.
   */
  extend(prompt: string, expansion: Expansion, options: ExpandOptions): Promise<Expansion>
}
