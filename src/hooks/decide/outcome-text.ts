import { printable, printableLine } from '../../terminal/printable.js'
import type { AggregatedOutcome } from './aggregate.js'
import type { HookOutcome } from './event-outcome.js'
import { contextTexts, denialText, feedbackTexts, refusalText } from './model-texts.js'

type Payload = Readonly<Record<string, unknown>>

/** Returns the output of `hooks run --json`: these fields, in this order. */
export function outcomeJson(report: AggregatedOutcome): HookOutcome {
  const { blocked, reason, decision, updatedInput, additionalContext, systemMessages } = report
  const { continue: mayContinue, stopReason, runs } = report
  const base = { blocked, reason, decision, updatedInput, additionalContext, systemMessages }
  return { ...base, continue: mayContinue, stopReason, runs }
}

/** Formats an outcome as text: the runs, the decision, and the texts for the model (`told`) and the user (`shown`). */
export function outcomeText(event: string, payload: Payload, report: AggregatedOutcome): string {
  const runs = report.runs.map(({ command, source, outcome, exitCode, ms }) => {
    const code = exitCode === null ? '' : `, exit code ${exitCode}`
    return printableLine(`[${command}] ${outcome}${code}, ${ms} ms (${source})`)
  })
  const texts = modelTexts(event, payload, report).map((text) => shownText('told', text))
  return [
    ...(runs.length === 0 ? [printableLine(`No hook of ${event} matches.`)] : runs),
    ...(report.decision === null ? [] : [`decision: ${report.decision}`]),
    ...(report.blocked ? ['blocked'] : []),
    ...(report.continue ? [] : ['stopped']),
    ...(report.updatedInput === null ? [] : [printableLine(`input: ${JSON.stringify(report.updatedInput)}`)]),
    ...texts,
    ...report.systemMessages.map((text) => shownText('shown', text)),
  ].join('\n')
}

/** A text of several lines; those after the first are indented, so that they are none of the report. */
function shownText(what: string, text: string): string {
  return printable(`${what}: ${text}`).replaceAll('\n', '\n  ')
}

const FEEDBACK_EVENTS: ReadonlySet<string> = new Set(['PostToolUse', 'PostToolUseFailure', 'Stop', 'SubagentStop'])
const DENIAL_EVENTS: ReadonlySet<string> = new Set(['PreToolUse', 'PermissionRequest'])

function modelTexts(event: string, payload: Payload, report: AggregatedOutcome): string[] {
  const contexts = contextTexts(event, payload, report)
  if (FEEDBACK_EVENTS.has(event)) return [...feedbackTexts(event, payload, report), ...contexts]
  const text = DENIAL_EVENTS.has(event) ? denialText(event, payload, report) : refusalText(event, payload, report)
  return [...(text === null ? [] : [text]), ...contexts]
}
