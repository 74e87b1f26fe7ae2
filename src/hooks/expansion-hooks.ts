import type { CommandReview } from '../commands/expand-context.js'
import type { Command } from '../commands/read-command.js'
import { contextTexts, refusalText } from './decide/model-texts.js'
import type { ClaudeHooks } from './engine.js'
import { shellBlockReview } from './shell-block-hooks.js'

/** A command invocation before its expansion. */
export interface Invocation {
  readonly command: Command
  readonly args: string
  readonly prompt: string
  /** The fields shared by all events of the turn: `session_id`, `cwd` and others if known. */
  readonly common: Readonly<Record<string, unknown>>
  /** The level of effort of the turn, if known. */
  readonly effort?: string | null
  readonly signal: AbortSignal | undefined
}

/** Claude Code's words for where a command comes from. */
export const COMMAND_SOURCES: Readonly<Record<Command['source'], string>> = {
  project: 'projectSettings',
  personal: 'userSettings',
  codex: 'userSettings',
  shipped: 'builtin',
  mcp: 'mcp',
}

/**
 * Runs the UserPromptExpansion hooks for a command and, unless they block it, adds the hooks of its front matter to the
 * session (claude-code-2.1 section 0). Returns the refusal text, or null, the contexts for the model, and the function that
 * asks the hooks about each shell block.
 */
export async function runExpansionHooks(
  hooks: ClaudeHooks | undefined,
  invocation: Invocation,
): Promise<CommandReview> {
  if (!hooks) return { refusal: null, contexts: [] }
  const { command, args, prompt, common, effort = null, signal } = invocation
  const event = 'UserPromptExpansion'
  const payload = {
    ...common,
    hook_event_name: event,
    expansion_type: command.source === 'mcp' ? 'mcp_prompt' : 'slash_command',
    command_name: command.name,
    command_args: args,
    command_source: COMMAND_SOURCES[command.source],
    prompt,
  }
  const report = await hooks.run(event, payload, signal)
  const refusal = refusalText(event, payload, report)
  if (refusal === null) hooks.invoked(command, String(common.session_id))
  return {
    refusal,
    contexts: contextTexts(event, payload, report),
    reviewBlock: shellBlockReview(hooks, {
      name: command.name,
      source: COMMAND_SOURCES[command.source],
      common,
      effort,
      signal,
    }),
  }
}
