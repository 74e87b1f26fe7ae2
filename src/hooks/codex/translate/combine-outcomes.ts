import type { HookOutcome } from '../../decide/event-outcome.js'

/** An event that no hook had anything to say to. */
export const NOTHING_SAID: HookOutcome = {
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

/** The strictest first. */
const DECISIONS = ['deny', 'ask', 'allow'] as const

/**
 * The outcomes of the calls that one call of codex comes to, as one: the strictest decision counts for all of them.
 * Their inputs are not part of it, as each belongs to its own call.
 */
export function combineOutcomes(outcomes: readonly HookOutcome[]): HookOutcome {
  const [only] = outcomes
  if (only === undefined) return NOTHING_SAID
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
