import type { FoundCodex } from '../codex/find-codex.js'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import type { Notices } from './notices.js'

/** The input of a run: the parsed command line, codex, and the environment. */
export interface Start {
  readonly invocation: CodexInvocation
  readonly codex: FoundCodex
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly notices: Notices
}
