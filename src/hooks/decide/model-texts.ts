import type { AggregatedOutcome } from './aggregate.js'

type Payload = Readonly<Record<string, unknown>>

/** Returns the contexts that hooks add for the model, in Claude Code's wording (claude-code-2.1 section 2). */
export function contextTexts(event: string, payload: Payload, { contexts }: AggregatedOutcome): string[] {
  return joined(event, contexts).map(({ kind, text }) => {
    if (kind === 'late') return text
    if (kind === 'context') return `${withTool(event, payload)} hook additional context: ${text}`
    const label = event === 'SessionStart' ? `${event}:${String(payload.source)}` : event
    return `${label} hook success: ${text}`
  })
}

/** Events whose contexts stand under one heading, beside the result of the tool (claude-code-2.1 section 7). */
const ONE_HEADING: ReadonlySet<string> = new Set(['PreToolUse', 'PostToolUse', 'PostToolUseFailure'])

function joined(event: string, contexts: AggregatedOutcome['contexts']): AggregatedOutcome['contexts'] {
  const added = contexts.filter(({ kind }) => kind === 'context')
  if (!ONE_HEADING.has(event) || added.length < 2) return contexts
  const text = added.map((context) => context.text).join('\n')
  return [...contexts.filter(({ kind }) => kind !== 'context'), { kind: 'context', text }]
}

/** Returns the text that replaces the result of a denied call; null if no hook denied it. */
export function denialText(event: string, payload: Payload, { blocks }: AggregatedOutcome): string | null {
  const [block] = blocks
  if (!block) return null
  return block.byExitCode || event === 'PreToolUse'
    ? `${withTool(event, payload)} hook error: ${block.reason}`
    : block.reason
}

/**
 * Returns the texts for the model after hooks blocked a finished call or the end of a turn. The end of a turn that JSON
 * blocks is told twice (oracle h141 to h145).
 */
export function feedbackTexts(
  event: string,
  payload: Payload,
  { blocks }: Pick<AggregatedOutcome, 'blocks'>,
): string[] {
  return blocks.flatMap(({ hook, reason, byExitCode }) => {
    const error = `${withTool(event, payload)} hook blocking error from command: "${hook}": ${reason}`
    if (event !== 'Stop' && event !== 'SubagentStop') return [error]
    return [`Stop hook feedback:\n${reason}`, ...(byExitCode ? [] : [error])]
  })
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
