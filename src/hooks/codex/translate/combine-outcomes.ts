import type { HookOutcome } from '../../decide/event-outcome.js'

/** The outcome of an event without hooks. */
export const EMPTY_OUTCOME: HookOutcome = {
  blocked: false,
  reason: null,
  decision: null,
  updatedInput: null,
  additionalContext: [],
  systemMessages: [],
  continue: true,
  stopReason: null,
  runs: [],
}

/** Strictest first. */
const DECISIONS = ['deny', 'ask', 'allow'] as const

/**
 * Combines the outcomes of the Claude Code calls that one codex call translates to: the strictest decision applies to all.
 * Updated inputs are left out, as each belongs to its own call.
 */
export function combineOutcomes(outcomes: readonly HookOutcome[]): HookOutcome {
  const [only] = outcomes
  if (only === undefined) return EMPTY_OUTCOME
  if (outcomes.length === 1) return only
  const decision = DECISIONS.find((value) => outcomes.some((outcome) => outcome.decision === value)) ?? null
  const strictest = outcomes.find((outcome) => outcome.blocked || (decision !== null && outcome.decision === decision))
  return {
    blocked: outcomes.some(({ blocked }) => blocked),
    reason: strictest?.reason ?? null,
    decision,
    updatedInput: null,
    additionalContext: [...new Set(outcomes.flatMap(({ additionalContext }) => additionalContext))],
    systemMessages: [...new Set(outcomes.flatMap(({ systemMessages }) => systemMessages))],
    continue: outcomes.every((outcome) => outcome.continue),
    stopReason: outcomes.find(({ stopReason }) => stopReason !== null)?.stopReason ?? null,
    runs: outcomes.flatMap(({ runs }) => runs),
  }
}
