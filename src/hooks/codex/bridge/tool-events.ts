import { NO_JUDGEMENT } from '../../../permissions/judgement.js'
import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import { findCallRecord } from '../translate/call-record.js'
import { codexAnswer } from '../translate/codex-answer.js'
import { combineOutcomes, EMPTY_OUTCOME } from '../translate/combine-outcomes.js'
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
    translation.uses.map((use) => {
      const server = context.mcpServer?.(use.name) ?? null
      const fields = { ...toolFields(use, payload), ...(server !== null && { mcp_server: server }) }
      return context.runHooks('PreToolUse', payload, signal, fields)
    }),
  )
  const updated = updatedInput(context, translation, outcomes)
  const input = updated?.input ?? (payload.tool_input as JsonObject)
  const judged = updated?.input ? translate({ ...payload, tool_input: updated.input }).uses : translation.uses
  const outcome = await withRules(
    context,
    state,
    combineOutcomes(outcomes.map((each, at) => withEvent(each, translation.uses[at]))),
    judged,
    payload,
  )
  const answer = codexAnswer('PreToolUse', withMessage(outcome, updated?.problem), updated?.input ?? null)
  const denied = (answer?.hookSpecificOutput as JsonObject | undefined)?.permissionDecision === 'deny'
  if (!outcome.continue) state.stopped = { turnId: payload.turn_id, text: stoppedText(outcome) }
  if (!denied && outcomes.length > 0 && outcomes.every(({ decision }) => decision === 'allow')) {
    rememberAllowed(state, payload, input)
  }
  const patches = payload.tool_name === 'Bash' && translation.uses.length > 1
  const events = context.engineOf(payload).events()
  if (!denied && (events.has('PostToolUseFailure') || (patches && events.has('PostToolUse')))) {
    const id = String(payload.tool_use_id)
    const uses = updated?.input ? translate({ ...payload, tool_input: updated.input }).uses : translation.uses
    state.openCalls.set(id, { id, uses, patches, payload, begun: performance.now() })
  }
  return answer
}

/**
 * Answers PermissionRequest: the permission rules decide, then what a PreToolUse hook allowed, then the PermissionRequest
 * hooks, instead of the user; if nothing decides, runs the Notification hooks.
 */
export async function permissionRequest(
  context: BridgeContext,
  state: SessionState,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  const { uses } = translate(payload)
  const judgement = context.rules?.judge(uses, payload, turnOf(state, payload)) ?? NO_JUDGEMENT
  if (judgement.verdict === 'deny') return requestAnswer('deny', judgement.reason)
  if (judgement.verdict === 'allow') return requestAnswer('allow', null)
  if (judgement.verdict === 'none' && wasAllowed(state, payload)) return requestAnswer('allow', null)
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
  // One answer covers all calls of the request: `allow` needs an allow for each of them. An ask rule is for the user.
  const mayAllow = outcomes.every(({ decision }) => decision === 'allow') && judgement.verdict !== 'ask'
  const consistent = outcome.decision !== 'allow' || mayAllow
  if (outcomes.some(({ updatedInput: input }) => input !== null)) {
    context.say(
      'the updatedInput of a PermissionRequest hook is ignored, as codex does not support it; return it from a PreToolUse hook.',
    )
  }
  if (!outcome.continue) state.stopped = { turnId: payload.turn_id, text: stoppedText(outcome) }
  const answer = codexAnswer('PermissionRequest', consistent ? outcome : { ...outcome, decision: null })
  if (answer?.hookSpecificOutput !== undefined) return answer
  if (context.rules?.answersAll) return { ...answer, ...requestAnswer('deny', NOBODY_TO_ASK) }
  // codex does not wait for the notification.
  void notify(context, payload)
  return answer
}

const NOBODY_TO_ASK =
  "No permission rule allows this outside codex's sandbox, and in `codex exec` there is nobody to ask. Go on without it, or do it inside the sandbox."

function requestAnswer(decision: 'allow' | 'deny', reason: string | null): JsonObject {
  return codexAnswer('PermissionRequest', { ...EMPTY_OUTCOME, decision, reason }) ?? {}
}

/** Adds what the permission rules say: deny over ask, and both over a hook's allow. */
async function withRules(
  context: BridgeContext,
  state: SessionState,
  outcome: HookOutcome,
  uses: readonly ToolUse[],
  payload: JsonObject,
): Promise<HookOutcome> {
  const { rules } = context
  if (!rules || outcome.blocked || outcome.decision === 'deny') return outcome
  const { verdict, reason } = rules.judge(uses, payload, turnOf(state, payload))
  if (verdict === 'deny') return { ...outcome, decision: 'deny', reason }
  if (verdict !== 'ask') return outcome
  if (outcome.decision === 'ask') return outcome
  // The user is asked by codex itself: a hook's allow does not spare it.
  if (await rules.codexAsks(uses, payload))
    return outcome.decision === 'allow' ? { ...outcome, decision: null } : outcome
  return { ...outcome, decision: 'ask', reason: context.interactive ? `${reason}${escalationHint(payload)}` : reason }
}

/** How the model gets the user asked by codex, which has a dialog for what leaves its sandbox alone. */
function escalationHint({ permission_mode: mode, tool_name: tool }: JsonObject): string {
  if (mode !== 'default' || (tool !== 'Bash' && tool !== 'apply_patch')) return ''
  const what = tool === 'Bash' ? 'the command' : 'a command that does the same'
  return `; or run ${what} with sandbox_permissions "require_escalated" and a justification, in a call of its own, so that codex asks the user`
}

/** Calls allowed by hooks are remembered for so many turns. */
const MOST_TURNS = 16

function rememberAllowed({ allowed }: SessionState, payload: JsonObject, input: JsonObject): void {
  const turn = String(payload.turn_id)
  const calls = allowed.get(turn) ?? new Set<string>()
  allowed.set(turn, calls.add(callKey(payload, input)))
  const [oldest] = allowed.size > MOST_TURNS ? allowed.keys() : []
  if (oldest !== undefined) allowed.delete(oldest)
}

function wasAllowed({ allowed }: SessionState, payload: JsonObject): boolean {
  return allowed.get(String(payload.turn_id))?.has(callKey(payload, payload.tool_input as JsonObject)) === true
}

/** codex's permission request has no id of the call, and a description besides its input. */
function callKey({ tool_name: tool, cwd }: JsonObject, input: JsonObject): string {
  const { description: _description, ...rest } = input
  return JSON.stringify([tool, cwd, rest])
}

/** The turn of the session's own thread: a sub-agent has turns of its own. */
function turnOf({ common }: SessionState, payload: JsonObject): string {
  return String((payload.agent_id === undefined ? payload.turn_id : common.turn_id) ?? '')
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
        ? context.runHooks('PostToolUse', payload, signal, endFields(use, payload, payload.tool_response, ms))
        : context.runHooks('PostToolUseFailure', payload, signal, failureFields(use, payload, error, ms)),
    ),
  )
  const outcome = combineOutcomes(outcomes)
  // Also where noise of the user's shell keeps codex from reading the answer.
  if (!outcome.continue) state.stopped = { turnId: payload.turn_id, text: stoppedText(outcome) }
  return codexAnswer('PostToolUse', outcome)
}

/** Returns the fields of PostToolUse in Claude Code's order. */
export function endFields(use: ToolUse, payload: JsonObject, response: unknown, ms: number): JsonObject {
  return {
    tool_name: use.name,
    tool_input: use.input,
    tool_response: toolResponse(use, response),
    tool_use_id: payload.tool_use_id,
    duration_ms: ms,
  }
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

/** The reason of a denied call as Claude Code's model reads it (claude-code-2.1 section 7). */
function withEvent(outcome: HookOutcome, use: ToolUse | undefined): HookOutcome {
  if (!outcome.blocked || use === undefined) return outcome
  return { ...outcome, reason: `PreToolUse:${use.name} hook error: ${outcome.reason ?? 'Blocked by hook'}` }
}

function withMessage(outcome: HookOutcome, line: string | undefined): HookOutcome {
  return line === undefined
    ? outcome
    : { ...outcome, systemMessages: [...outcome.systemMessages, `codex-plus: ${line}`] }
}

/** Returns the message for the user of a turn that a hook stopped. */
export function stoppedText({ stopReason, reason }: HookOutcome): string {
  return `Operation stopped by hook: ${stopReason ?? reason ?? 'no reason given'}`
}

async function notify(context: BridgeContext, payload: JsonObject): Promise<void> {
  const fields = { message: 'Codex needs your permission', notification_type: 'permission_prompt' }
  await context.runHooks('Notification', payload, AbortSignal.timeout(600_000), fields).catch(() => {})
}
