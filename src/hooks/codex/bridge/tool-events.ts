import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import { findCallRecord } from '../translate/call-record.js'
import { codexAnswer } from '../translate/codex-answer.js'
import { combineOutcomes } from '../translate/combine-outcomes.js'
import { failureOf, toolResponse } from '../translate/tool-response.js'
import type { ToolUse } from '../translate/tool-use.js'
import { type Translation, translateTool } from '../translate/translate-tool.js'
import type { SessionState } from './bridge-sessions.js'
import type { BridgeContext } from './bridge-types.js'

/** Answers PreToolUse: runs the hooks for every Claude Code call that the codex call translates to; one deny denies the call. */
export async function preToolUse(
  context: BridgeContext,
  state: SessionState,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  const translation = translate(payload)
  const outcomes = await Promise.all(
    translation.uses.map((use) => context.runHooks('PreToolUse', payload, signal, toolFields(use, payload))),
  )
  const outcome = combineOutcomes(outcomes)
  const updated = updatedInput(context, translation, outcomes)
  const answer = codexAnswer('PreToolUse', withMessage(outcome, updated?.problem), updated?.input ?? null)
  const denied = (answer?.hookSpecificOutput as JsonObject | undefined)?.permissionDecision === 'deny'
  if (!outcome.continue) state.stopped = { turnId: payload.turn_id, text: stoppedText(outcome) }
  if (!denied && context.engineOf(payload).events().has('PostToolUseFailure')) {
    const id = String(payload.tool_use_id)
    state.openCalls.set(id, { id, uses: translation.uses, payload, begun: performance.now() })
  }
  return answer
}

/** Answers PermissionRequest: a hook may decide instead of the user; if none does, runs the Notification hooks. */
export async function permissionRequest(
  context: BridgeContext,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  const { uses } = translate(payload)
  const outcomes = await Promise.all(
    uses.map((use) =>
      context.runHooks('PermissionRequest', payload, signal, {
        tool_name: use.name,
        tool_input: use.input,
        permission_suggestions: [],
      }),
    ),
  )
  const outcome = combineOutcomes(outcomes)
  // One answer covers all calls of the request: `allow` needs an allow for each of them.
  const consistent = outcome.decision !== 'allow' || outcomes.every(({ decision }) => decision === 'allow')
  if (outcomes.some(({ updatedInput: input }) => input !== null)) {
    context.say(
      'the updatedInput of a PermissionRequest hook is ignored, as codex does not support it; return it from a PreToolUse hook.',
    )
  }
  const answer = codexAnswer('PermissionRequest', consistent ? outcome : { ...outcome, decision: null })
  const answered = answer?.hookSpecificOutput !== undefined
  // codex does not wait for the notification.
  if (!answered) void notify(context, payload)
  return answer
}

/** Answers PostToolUse. codex also sends it for failed commands, for which Claude Code has PostToolUseFailure. */
export async function postToolUse(
  context: BridgeContext,
  state: SessionState,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  const open = state.openCalls.get(String(payload.tool_use_id))
  state.openCalls.delete(String(payload.tool_use_id))
  const { uses } = translate(payload)
  const record = findCallRecord(payload.transcript_path, payload.tool_use_id)
  const ms = record?.ms ?? (open ? Math.round(performance.now() - open.begun) : 0)
  const error = record === null ? null : failureOf(record)
  const outcomes = await Promise.all(
    uses.map((use) =>
      error === null
        ? context.runHooks('PostToolUse', payload, signal, {
            tool_name: use.name,
            tool_input: use.input,
            tool_response: toolResponse(use, payload.tool_response),
            tool_use_id: payload.tool_use_id,
            duration_ms: ms,
          })
        : context.runHooks('PostToolUseFailure', payload, signal, failureFields(use, payload, error, ms)),
    ),
  )
  const outcome = combineOutcomes(outcomes)
  // Also where noise of the user's shell keeps codex from reading the answer.
  if (!outcome.continue) state.stopped = { turnId: payload.turn_id, text: stoppedText(outcome) }
  return codexAnswer('PostToolUse', outcome)
}

/** Returns the fields of PostToolUseFailure in Claude Code's order. */
export function failureFields(use: ToolUse, payload: JsonObject, error: string, ms: number): JsonObject {
  return { ...toolFields(use, payload), error, is_interrupt: false, duration_ms: ms }
}

function toolFields(use: ToolUse, payload: JsonObject): JsonObject {
  return { tool_name: use.name, tool_input: use.input, tool_use_id: payload.tool_use_id }
}

function translate(payload: JsonObject): Translation {
  const input = typeof payload.tool_input === 'object' && payload.tool_input !== null ? payload.tool_input : {}
  return translateTool(String(payload.tool_name), input as JsonObject, String(payload.cwd ?? ''))
}

function updatedInput(
  { say }: BridgeContext,
  translation: Translation,
  outcomes: readonly HookOutcome[],
): { input?: JsonObject; problem?: string } | null {
  const updates = new Map<ToolUse, JsonObject>()
  for (const [index, use] of translation.uses.entries()) {
    const input = outcomes[index]?.updatedInput
    if (input) updates.set(use, { ...input })
  }
  if (updates.size === 0) return null
  const result = translation.update(updates)
  if ('input' in result) return result
  const problem = `the updatedInput of a PreToolUse hook is ignored: ${result.problem}.`
  say(problem)
  return { problem }
}

function withMessage(outcome: HookOutcome, line: string | undefined): HookOutcome {
  return line === undefined
    ? outcome
    : { ...outcome, systemMessages: [...outcome.systemMessages, `codex-plus: ${line}`] }
}

function stoppedText({ stopReason, reason }: HookOutcome): string {
  return `Operation stopped by hook: ${stopReason ?? reason ?? 'no reason given'}`
}

async function notify(context: BridgeContext, payload: JsonObject): Promise<void> {
  const fields = { message: 'Codex needs your permission', notification_type: 'permission_prompt' }
  await context.runHooks('Notification', payload, AbortSignal.timeout(600_000), fields).catch(() => {})
}
