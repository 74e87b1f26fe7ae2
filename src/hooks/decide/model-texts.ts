import type { AggregatedOutcome } from './aggregate.js'

type Payload = Readonly<Record<string, unknown>>

/** Returns the contexts that hooks add for the model, in Claude Code's wording (claude-code-2.1 section 2). */
export function contextTexts(event: string, payload: Payload, { contexts }: AggregatedOutcome): string[] {
  return contexts.map(({ kind, text }) => {
    if (kind === 'late') return text
    if (kind === 'context') return `${withTool(event, payload)} hook additional context: ${text}`
    const label = event === 'SessionStart' ? `${event}:${String(payload.source)}` : event
    return `${label} hook success: ${text}`
  })
}

/** Returns the text that replaces the result of a denied call; null if no hook denied it. */
export function denialText(event: string, payload: Payload, { blocks }: AggregatedOutcome): string | null {
  const [block] = blocks
  if (!block) return null
  return block.byExitCode ? `${withTool(event, payload)} hook error: ${block.reason}` : block.reason
}

/** Returns the texts for the model after hooks blocked a finished call or the end of a turn. */
export function feedbackTexts(event: string, payload: Payload, { blocks }: AggregatedOutcome): string[] {
  return blocks.map(({ hook, reason }) =>
    event === 'Stop' || event === 'SubagentStop'
      ? `Stop hook feedback:\n${reason}`
      : `${withTool(event, payload)} hook blocking error from command: "${hook}": ${reason}`,
  )
}

/** Returns the message for the user if hooks blocked or stopped a prompt, a command or a compaction; null otherwise. */
export function refusalText(event: string, payload: Payload, report: AggregatedOutcome): string | null {
  const [block] = report.blocks
  if (block && event === 'PreCompact') {
    const reason = block.byExitCode ? block.reason : `[${block.hook}]: ${block.reason}`
    return `Compaction blocked by PreCompact hook: ${reason}`
  }
  // A stop with a reason of its own comes before a block.
  if (block && (report.continue || report.stopReason === null)) {
    const tail = report.suppressOriginalPrompt ? '' : `\n\nOriginal prompt: ${String(payload.prompt)}`
    return `${event} operation blocked by hook:\n${block.reason}${tail}`
  }
  if (report.continue) return null
  return report.stopReason === null ? 'Operation stopped by hook' : `Operation stopped by hook: ${report.stopReason}`
}

function withTool(event: string, payload: Payload): string {
  return typeof payload.tool_name === 'string' ? `${event}:${payload.tool_name}` : event
}
