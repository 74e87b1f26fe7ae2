import type { CodexInvocation } from '../codex/parse-arguments.js'
import type { ExitStatus } from '../terminal/exit-status.js'

/** The environment and the working directory of a subcommand. */
export interface SubcommandContext {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** Runs a subcommand. `subcommands` is the whole table, for subcommands that describe the others (completion). */
export type RunSubcommand = (
  invocation: CodexInvocation,
  context: SubcommandContext,
  subcommands: readonly Subcommand[],
) => Promise<ExitStatus> | ExitStatus

/** A subcommand of codex-plus; its code is loaded only when it is called. */
export interface Subcommand {
  readonly name: string
  /** One line for the help. */
  readonly summary: string
  load(): Promise<RunSubcommand>
}
