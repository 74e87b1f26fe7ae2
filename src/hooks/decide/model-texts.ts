import type { AggregatedOutcome } from './aggregate.js'

type Payload = Readonly<Record<string, unknown>>

/** What hooks add to what the model is told, worded as Claude Code does (claude-code-2.1 section 2). */
export function contextTexts(event: string, payload: Payload, { contexts }: AggregatedOutcome): string[] {
  return contexts.map(({ kind, text }) => {
    if (kind === 'late') return text
    if (kind === 'context') return `${withTool(event, payload)} hook additional context: ${text}`
    const place = event === 'SessionStart' ? `${event}:${String(payload.source)}` : event
    return `${place} hook success: ${text}`
  })
}

/** What the model is told in place of the result of a call that was denied; null where none was. */
export function denialText(event: string, payload: Payload, { blocks }: AggregatedOutcome): string | null {
  const [block] = blocks
  if (!block) return null
  return block.byExitCode ? `${withTool(event, payload)} hook error: ${block.reason}` : block.reason
}

/** What the model is told after a call that hooks complain about, or in place of the end of its turn. */
export function feedbackTexts(event: string, payload: Payload, { blocks }: AggregatedOutcome): string[] {
  return blocks.map(({ hook, reason }) =>
    event === 'Stop' || event === 'SubagentStop'
      ? `Stop hook feedback:\n${reason}`
      : `${withTool(event, payload)} hook blocking error from command: "${hook}": ${reason}`,
  )
}

/** What the user is told of a prompt, a command or a compaction that hooks kept from going on; null where none did. */
export function refusalText(event: string, payload: Payload, report: AggregatedOutcome): string | null {
  const [block] = report.blocks
  if (block && event === 'PreCompact') {
    const reason = block.byExitCode ? block.reason : `[${block.hook}]: ${block.reason}`
    return `Compaction blocked by PreCompact hook: ${reason}`
  }
  if (block) {
    const tail = report.suppressOriginalPrompt ? '' : `\n\nOriginal prompt: ${String(payload.prompt)}`
    return `${event} operation blocked by hook:\n${block.reason}${tail}`
  }
  if (report.continue) return null
  return report.stopReason === null ? 'Operation stopped by hook' : `Operation stopped by hook: ${report.stopReason}`
}

function withTool(event: string, payload: Payload): string {
  return typeof payload.tool_name === 'string' ? `${event}:${payload.tool_name}` : event
}
