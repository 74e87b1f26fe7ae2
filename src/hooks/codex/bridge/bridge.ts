// This folder connects codex's own hook events to the `.claude` hooks: overrides that add the hooks, the route they call, their answers.
import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import { claudePayload } from '../translate/claude-payload.js'
import { codexAnswer } from '../translate/codex-answer.js'
import { type SessionState, Sessions } from './bridge-sessions.js'
import type { BridgeAnswer, BridgeContext, BridgeOptions } from './bridge-types.js'
import { DENY_EVENTS, type NativeEvent } from './codex-events.js'
import { createFailures } from './failed-calls.js'
import { limitStops } from './stop-limit.js'
import { permissionRequest, postToolUse, preToolUse } from './tool-events.js'

/** Answers codex's hooks with the outcome of the `.claude` hooks of a run. */
export interface Bridge {
  readonly sessions: Sessions
  answer(event: NativeEvent, payload: JsonObject, signal: AbortSignal): Promise<BridgeAnswer>
  /** Finds calls whose end codex did not report; called before each model request. */
  checkFailures(state: SessionState, request: JsonObject): void
  /** Runs SessionEnd for the sessions that codex did not end itself; called after codex has ended. */
  close(): Promise<void>
}

/** Creates the bridge of one run. */
export function createBridge(options: BridgeOptions): Bridge {
  const sessions = new Sessions()
  const runHooks: BridgeContext['runHooks'] = async (event, payload, signal, fields) => {
    const outcome = await options.engineOf(payload).run(event, claudePayload(event, payload, fields), signal)
    options.log.info('hooks.event', {
      event,
      hooks: outcome.runs.length,
      blocked: outcome.blocked,
      decision: outcome.decision,
      ms: Math.max(0, ...outcome.runs.map(({ ms }) => ms)),
    })
    options.onRan?.(payload, event, outcome)
    const late = LATE_CARRIERS.has(event) ? (sessions.find([String(payload.session_id)])?.late.splice(0) ?? []) : []
    return late.length === 0 ? outcome : { ...outcome, additionalContext: [...late, ...outcome.additionalContext] }
  }
  const context: BridgeContext = { ...options, sessions, runHooks }
  const failures = createFailures(context)

  const handle = async (event: NativeEvent, payload: JsonObject, signal: AbortSignal): Promise<JsonObject | null> => {
    const state = sessions.update(payload)
    if (event === 'PreToolUse') return await preToolUse(context, state, payload, signal)
    if (event === 'PermissionRequest') return await permissionRequest(context, payload, signal)
    if (event === 'PostToolUse') return await postToolUse(context, state, payload, signal)
    if (event === 'SessionEnd') return await sessionEnd(context, state, payload, signal)
    // codex reports a cleared session only by the SessionStart of its successor.
    if (event === 'SessionStart' && payload.source === 'clear') await endOthers(context, state, signal)
    if (event === 'Stop') failures.check(state)
    const outcome = await runHooks(event, payload, signal)
    if (event === 'Stop' || event === 'SubagentStop') return limitStops(context, state, event, payload, outcome)
    if (event !== 'UserPromptSubmit') return codexAnswer(event, outcome)
    if (outcome.blocked || !outcome.continue) context.onHeldBack?.()
    reportBlock(context, outcome)
    return codexAnswer(event, await withMessages(context, payload, outcome))
  }

  return {
    sessions,
    async answer(event, payload, signal) {
      try {
        const json = await handle(event, payload, signal)
        reportMessages(options, json)
        return json === null ? null : { json }
      } catch (error) {
        options.log.error('hooks.bridge', { event, error: String(error) })
        const closed = options.onError === 'closed' && DENY_EVENTS.has(event)
        if (closed && event === 'UserPromptSubmit') options.onHeldBack?.()
        if (closed) return { refused: `The hooks of ${event} failed (${String(error)}), and hooks.onError is closed.` }
        options.say(`the hooks of ${event} failed and were skipped: ${String(error)}`)
        return null
      }
    },
    checkFailures: failures.check,
    async close() {
      const open = sessions.all().filter(({ ended }) => !ended)
      const ends = open.map((state) => sessionEnd(context, state, { ...state.common, reason: 'other' }, NEVER))
      await Promise.allSettled([...ends, failures.settled()])
    },
  }
}

/** Events whose answer can deliver earlier contexts to the model. */
const LATE_CARRIERS: ReadonlySet<string> = new Set(['UserPromptSubmit', 'PreToolUse', 'PostToolUse'])
const NEVER = new AbortController().signal

async function sessionEnd(
  { runHooks, interactive }: BridgeContext,
  state: SessionState,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<null> {
  if (state.ended) return null
  state.ended = true
  // codex gives every end the reason `other`; in the TUI it means that the user quit.
  const userQuit = interactive && payload.reason === 'other'
  const common = { ...payload, ...state.common, permission_mode: undefined }
  await runHooks('SessionEnd', common, signal, { reason: userQuit ? 'prompt_input_exit' : (payload.reason ?? 'other') })
  return null
}

async function endOthers(context: BridgeContext, current: SessionState, signal: AbortSignal): Promise<void> {
  const others = context.sessions.all().filter((state) => state !== current && !state.ended)
  await Promise.all(others.map((state) => sessionEnd(context, state, { ...state.common, reason: 'clear' }, signal)))
}

/** Adds the messages that wait for a way to the user. */
async function withMessages(
  { messages }: BridgeContext,
  payload: JsonObject,
  outcome: HookOutcome,
): Promise<HookOutcome> {
  const lines = ((await messages?.(payload)) ?? []).map((line) => `codex-plus: ${line}`)
  return lines.length === 0 ? outcome : { ...outcome, systemMessages: [...outcome.systemMessages, ...lines] }
}

/** Reports a blocked prompt to the user, as `codex exec` does not show the reason. */
function reportBlock(
  { interactive, say }: BridgeContext,
  { blocked, reason, continue: mayContinue, stopReason }: HookOutcome,
): void {
  if (interactive) return
  if (blocked) say(`UserPromptSubmit operation blocked by hook: ${reason ?? 'Blocked by hook'}`)
  else if (!mayContinue) say(`Operation stopped by hook: ${stopReason ?? 'no reason given'}`)
}

/** Reports a system message to the user, as `codex exec` does not show it. */
function reportMessages({ interactive, say }: BridgeOptions, json: JsonObject | null): void {
  if (!interactive && typeof json?.systemMessage === 'string') say(json.systemMessage)
}
