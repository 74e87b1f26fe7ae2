import { randomUUID } from 'node:crypto'
import type { AggregatedOutcome } from './decide/aggregate.js'
import type { ClaudeHooks } from './engine.js'

/** A command invocation whose shell blocks hooks may refuse. */
export interface BlockOwner {
  readonly name: string
  /** Where the command comes from, in Claude Code's words (`projectSettings`, `userSettings`). */
  readonly source: string
  /** The first fields of the payload: `session_id`, `cwd`, and others if known. */
  readonly common: Readonly<Record<string, unknown>>
  readonly effort: string | null
  readonly signal: AbortSignal | undefined
}

const EVENT = 'PreSkillShellCommand'
/** A hook may refuse a block, but not write another one (oracle h205). */
const CHANGED = "the hook changed the command, which isn't supported here"

/**
 * Returns the function that runs the PreSkillShellCommand hooks for one shell block of a command, given by its text and
 * its index. It returns the text that stands in place of a refused block, or null if the block may run (claude-code-2.1
 * section 2, oracle h200 to h211). `allow` permits nothing that the permission rules do not.
 */
export function shellBlockReview(
  hooks: ClaudeHooks,
  { name, source, common, effort, signal }: BlockOwner,
): (command: string, at: number) => Promise<string | null> {
  const invocation = randomUUID()
  return async (command, at) => {
    const payload = {
      ...common,
      ...(effort === null ? {} : { effort: { level: effort } }),
      hook_event_name: EVENT,
      tool_name: 'Bash',
      tool_input: { command },
      tool_use_id: `${invocation}:inner:preamble-${at}`,
      command_name: name,
      command_source: source,
      invoked_by: 'user',
    }
    const reason = refusalOf(await hooks.run(EVENT, payload, signal))
    if (reason === null) return null
    return reason === '' ? '[not run: blocked by hook]' : `[not run: blocked by hook: ${reason}]`
  }
}

/** Returns why hooks refuse a block, empty if they give no reason; null if they do not refuse it. */
function refusalOf(report: AggregatedOutcome): string | null {
  if (report.blocked || report.decision === 'deny' || report.decision === 'ask') return report.reason?.trim() ?? ''
  if (report.updatedInput !== null) return CHANGED
  return report.continue ? null : (report.stopReason ?? '')
}
