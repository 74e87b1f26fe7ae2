import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'

/**
 * Converts an outcome to the JSON that a codex hook prints; null for no output. codex accepts no unknown field, no decision
 * without a reason, no bare `allow` and no `ask` (codex-0.169 section 5.1).
 */
export function codexAnswer(event: string, outcome: HookOutcome, input: JsonObject | null = null): JsonObject | null {
  const answer = { ...universal(outcome), ...(CONVERTERS[event]?.(outcome, input) ?? {}) }
  return Object.keys(answer).length === 0 ? null : answer
}

/** Returns the deny reason for `ask`: a codex hook cannot ask the user, so the model is told to do it. */
export function askReason(reason: string | null): string {
  const why = reason ? `: ${reason}` : ''
  return `This needs the user's approval${why}. Ask the user whether to go on, and try again only after a yes.`
}

type Converter = (outcome: HookOutcome, input: JsonObject | null) => JsonObject

const CONVERTERS: Readonly<Record<string, Converter>> = {
  PreToolUse: preToolUse,
  PermissionRequest: permissionRequest,
  PostToolUse: postToolUse,
  UserPromptSubmit: (outcome) => ({
    ...stopped(outcome),
    // A stop with a reason of its own comes before a block.
    ...(outcome.continue || outcome.stopReason === null ? blocked(outcome) : {}),
    ...specific('UserPromptSubmit', context(outcome)),
  }),
  // In Claude Code, SessionStart hooks cannot prevent a session from starting.
  SessionStart: (outcome) => specific('SessionStart', context(outcome)),
  SubagentStart: (outcome) => specific('SubagentStart', context(outcome)),
  Stop: stop,
  SubagentStop: stop,
  PreCompact: preCompact,
}

function preToolUse(outcome: HookOutcome, input: JsonObject | null): JsonObject {
  const { decision } = outcome
  const denied = outcome.blocked || decision === 'deny' || decision === 'ask' || !outcome.continue
  const denyReason = denied ? denialReason(outcome) : null
  return specific('PreToolUse', {
    ...(denyReason !== null && { permissionDecision: 'deny', permissionDecisionReason: denyReason }),
    ...(denyReason === null && input !== null && { permissionDecision: 'allow', updatedInput: input }),
    ...context(outcome),
  })
}

function denialReason({
  decision,
  blocked: isBlocked,
  reason,
  continue: mayContinue,
  stopReason,
}: HookOutcome): string {
  if (!isBlocked && decision === 'ask') return askReason(reason)
  if (!isBlocked && decision !== 'deny' && !mayContinue)
    return `Operation stopped by hook: ${stopReason ?? 'no reason given'}`
  return whole(reason, 'A hook denied this tool.')
}

/** A block adds a context: codex's own block would replace the tool result, which Claude Code keeps. */
function postToolUse(outcome: HookOutcome): JsonObject {
  const feedback = outcome.blocked ? [`PostToolUse hook blocking error: ${whole(outcome.reason, 'no reason')}`] : []
  const texts = [...feedback, ...outcome.additionalContext]
  return { ...stopped(outcome), ...specific('PostToolUse', context({ ...outcome, additionalContext: texts })) }
}

function permissionRequest({ blocked: isBlocked, decision, reason }: HookOutcome): JsonObject {
  if (isBlocked || decision === 'deny') {
    const message = whole(reason, 'A hook denied this request.')
    return specific('PermissionRequest', { decision: { behavior: 'deny', message } })
  }
  return decision === 'allow' ? specific('PermissionRequest', { decision: { behavior: 'allow' } }) : {}
}

function stop(outcome: HookOutcome): JsonObject {
  if (!outcome.continue) return stopped(outcome)
  // In Claude Code, a context continues the turn as a block does (oracle h144).
  const texts = [...(outcome.blocked ? [whole(outcome.reason, 'No reason given')] : []), ...outcome.additionalContext]
  return texts.length === 0 ? {} : { decision: 'block', reason: `Stop hook feedback:\n${texts.join('\n')}` }
}

/** PreCompact of codex has no block; `continue: false` stops the compaction. */
function preCompact(outcome: HookOutcome): JsonObject {
  if (!outcome.blocked) return stopped(outcome)
  return {
    continue: false,
    stopReason: `Compaction blocked by PreCompact hook: ${outcome.reason ?? 'no reason given'}`,
  }
}

/** Returns a reason as the hook gave it, its line end included; a text of its own where there is none. */
function whole(reason: string | null, fallback: string): string {
  return reason === null || reason.trim() === '' ? fallback : reason
}

function universal({ systemMessages }: HookOutcome): JsonObject {
  return systemMessages.length === 0 ? {} : { systemMessage: systemMessages.join('\n') }
}

function stopped(outcome: HookOutcome): JsonObject {
  if (outcome.continue) return {}
  return { continue: false, stopReason: outcome.stopReason ?? 'a hook stopped it' }
}

function blocked(outcome: HookOutcome): JsonObject {
  return outcome.blocked ? { decision: 'block', reason: whole(outcome.reason, 'Blocked by hook') } : {}
}

function context({ additionalContext }: HookOutcome): JsonObject {
  return additionalContext.length === 0 ? {} : { additionalContext: additionalContext.join('\n') }
}

function specific(event: string, fields: JsonObject): JsonObject {
  return Object.keys(fields).length === 0 ? {} : { hookSpecificOutput: { hookEventName: event, ...fields } }
}
