import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'

/**
 * What codex is told of an outcome: the JSON a hook prints, or null for nothing. codex takes no field it does not know,
 * no decision without a reason, no bare `allow` and no `ask` (codex-0.169 section 5.1).
 */
export function codexAnswer(event: string, outcome: HookOutcome, input: JsonObject | null = null): JsonObject | null {
  const answer = { ...universal(outcome), ...(WORDINGS[event]?.(outcome, input) ?? {}) }
  return Object.keys(answer).length === 0 ? null : answer
}

/** What a hook's `ask` becomes: codex has no way to ask from a hook, the model has. */
export function askReason(reason: string | null): string {
  const why = reason ? `: ${reason}` : ''
  return `This needs the user's approval${why}. Ask the user whether to go on, and try again only after a yes.`
}

type Wording = (outcome: HookOutcome, input: JsonObject | null) => JsonObject

const WORDINGS: Readonly<Record<string, Wording>> = {
  PreToolUse: preToolUse,
  PermissionRequest: permissionRequest,
  PostToolUse: postToolUse,
  UserPromptSubmit: (outcome) => ({
    ...stopped(outcome),
    ...blocked(outcome),
    ...specific('UserPromptSubmit', context(outcome)),
  }),
  // Claude Code's SessionStart cannot keep a session from starting.
  SessionStart: (outcome) => specific('SessionStart', context(outcome)),
  SubagentStart: (outcome) => specific('SubagentStart', context(outcome)),
  Stop: stop,
  SubagentStop: stop,
  PreCompact: preCompact,
}

function preToolUse(outcome: HookOutcome, input: JsonObject | null): JsonObject {
  const { decision } = outcome
  const denied = outcome.blocked || decision === 'deny' || decision === 'ask' || !outcome.continue
  const why = denied ? denial(outcome) : null
  return specific('PreToolUse', {
    ...(why !== null && { permissionDecision: 'deny', permissionDecisionReason: why }),
    ...(why === null && input !== null && { permissionDecision: 'allow', updatedInput: input }),
    ...context(outcome),
  })
}

function denial({ decision, blocked: isBlocked, reason, continue: goesOn, stopReason }: HookOutcome): string {
  if (!isBlocked && decision === 'ask') return askReason(reason)
  if (!isBlocked && decision !== 'deny' && !goesOn)
    return `Operation stopped by hook: ${stopReason ?? 'no reason given'}`
  return reason?.trim() || 'A hook denied this tool.'
}

/** A block adds to what the model is told: codex's own would put it in place of the result, Claude Code keeps that. */
function postToolUse(outcome: HookOutcome): JsonObject {
  const feedback = outcome.blocked ? [`PostToolUse hook blocking error: ${outcome.reason?.trim() || 'no reason'}`] : []
  const texts = [...feedback, ...outcome.additionalContext]
  return { ...stopped(outcome), ...specific('PostToolUse', context({ ...outcome, additionalContext: texts })) }
}

function permissionRequest({ blocked: isBlocked, decision, reason }: HookOutcome): JsonObject {
  if (isBlocked || decision === 'deny') {
    const message = reason?.trim() || 'A hook denied this request.'
    return specific('PermissionRequest', { decision: { behavior: 'deny', message } })
  }
  return decision === 'allow' ? specific('PermissionRequest', { decision: { behavior: 'allow' } }) : {}
}

function stop(outcome: HookOutcome): JsonObject {
  if (!outcome.continue) return stopped(outcome)
  // Context keeps Claude Code going as a block does (oracle h144).
  const texts = [
    ...(outcome.blocked ? [outcome.reason?.trim() || 'No reason given'] : []),
    ...outcome.additionalContext,
  ]
  return texts.length === 0 ? {} : { decision: 'block', reason: `Stop hook feedback:\n${texts.join('\n')}` }
}

/** codex's PreCompact knows no block, but stops where it may not go on. */
function preCompact(outcome: HookOutcome): JsonObject {
  if (!outcome.blocked) return stopped(outcome)
  return {
    continue: false,
    stopReason: `Compaction blocked by PreCompact hook: ${outcome.reason ?? 'no reason given'}`,
  }
}

function universal({ systemMessages }: HookOutcome): JsonObject {
  return systemMessages.length === 0 ? {} : { systemMessage: systemMessages.join('\n') }
}

function stopped(outcome: HookOutcome): JsonObject {
  if (outcome.continue) return {}
  return { continue: false, stopReason: outcome.stopReason ?? 'a hook stopped it' }
}

function blocked(outcome: HookOutcome): JsonObject {
  return outcome.blocked ? { decision: 'block', reason: outcome.reason?.trim() || 'Blocked by hook' } : {}
}

function context({ additionalContext }: HookOutcome): JsonObject {
  return additionalContext.length === 0 ? {} : { additionalContext: additionalContext.join('\n') }
}

function specific(event: string, fields: JsonObject): JsonObject {
  return Object.keys(fields).length === 0 ? {} : { hookSpecificOutput: { hookEventName: event, ...fields } }
}
