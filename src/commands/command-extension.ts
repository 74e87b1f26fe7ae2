import type { ExpandOptions, Expansion } from './expansion.js'
import type { CommandRow } from './list-commands.js'

/** A source of further commands, or of changes to the expansion of a command file: modules, prompts of MCP servers. */
export interface CommandExtension {
  /** Returns its commands as currently known, for the list and for completion in the TUI. */
  rows(): readonly CommandRow[]
  /** Whether a name may be one of its commands although `rows` does not list it yet (its server was not asked). */
  mayHave?(name: string): boolean
  /** Word prefixes that make it expand a prompt without a slash, e.g. `@server:`. */
  mentions?(): readonly string[]
  /** Whether it always answers a command locally, without the model. */
  answersLocally?(name: string): boolean
  /**
   * Receives the expansion so far (`passthrough` or `unknown` when no file has that name) and returns it unchanged, or
   * another one that replaces it.
   */
  extend(prompt: string, expansion: Expansion, options: ExpandOptions): Promise<Expansion>
}
