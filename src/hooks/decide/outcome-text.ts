import type { AggregatedOutcome } from './aggregate.js'
import type { HookOutcome } from './event-outcome.js'
import { contextTexts, denialText, feedbackTexts, refusalText } from './model-texts.js'

type Payload = Readonly<Record<string, unknown>>

/** The contract of `hooks run --json`: these fields, in this order. */
export function outcomeJson(report: AggregatedOutcome): HookOutcome {
  const { blocked, reason, decision, updatedInput, additionalContext, systemMessages } = report
  const { continue: goesOn, stopReason, runs } = report
  const base = { blocked, reason, decision, updatedInput, additionalContext, systemMessages }
  return { ...base, continue: goesOn, stopReason, runs }
}

/** The same for a person: what ran, what was decided, and what the model and the user would be told. */
export function outcomeText(event: string, payload: Payload, report: AggregatedOutcome): string {
  const runs = report.runs.map(({ command, source, outcome, exitCode, ms }) => {
    const code = exitCode === null ? '' : `, exit code ${exitCode}`
    return `[${command}] ${outcome}${code}, ${ms} ms (${source})`
  })
  const told = toldTexts(event, payload, report).map((text) => `told: ${text}`)
  return [
    ...(runs.length === 0 ? [`No hook of ${event} matches.`] : runs),
    ...(report.decision === null ? [] : [`decision: ${report.decision}`]),
    ...(report.blocked ? ['blocked'] : []),
    ...(report.continue ? [] : ['stopped']),
    ...(report.updatedInput === null ? [] : [`input: ${JSON.stringify(report.updatedInput)}`]),
    ...told,
    ...report.systemMessages.map((text) => `shown: ${text}`),
  ].join('\n')
}

const TELLING: ReadonlySet<string> = new Set(['PostToolUse', 'PostToolUseFailure', 'Stop', 'SubagentStop'])
const DENYING: ReadonlySet<string> = new Set(['PreToolUse', 'PermissionRequest'])

function toldTexts(event: string, payload: Payload, report: AggregatedOutcome): string[] {
  const contexts = contextTexts(event, payload, report)
  if (TELLING.has(event)) return [...feedbackTexts(event, payload, report), ...contexts]
  const text = DENYING.has(event) ? denialText(event, payload, report) : refusalText(event, payload, report)
  return [...(text === null ? [] : [text]), ...contexts]
}
