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

/** Answers codex's hooks with what the `.claude` hooks of a run say. */
export interface Bridge {
  readonly sessions: Sessions
  answer(event: NativeEvent, payload: JsonObject, signal: AbortSignal): Promise<BridgeAnswer>
  /** Calls that ended without a word of codex: looked for before the model is asked again. */
  checkFailures(state: SessionState, request: JsonObject): void
  /** codex has ended: sessions it did not end itself are ended here. */
  close(): Promise<void>
}

/** Makes the bridge of one run. */
export function createBridge(options: BridgeOptions): Bridge {
  const sessions = new Sessions()
  const ask: BridgeContext['ask'] = async (event, payload, signal, fields) => {
    const outcome = await options.engine.run(event, claudePayload(event, payload, fields), signal)
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
  const context: BridgeContext = { ...options, sessions, ask }
  const failures = createFailures(context)

  const handle = async (event: NativeEvent, payload: JsonObject, signal: AbortSignal): Promise<JsonObject | null> => {
    const state = sessions.see(payload)
    if (event === 'PreToolUse') return await preToolUse(context, state, payload, signal)
    if (event === 'PermissionRequest') return await permissionRequest(context, payload, signal)
    if (event === 'PostToolUse') return await postToolUse(context, state, payload, signal)
    if (event === 'SessionEnd') return await sessionEnd(context, state, payload, signal)
    // codex tells of a cleared session only by the one that takes its place.
    if (event === 'SessionStart' && payload.source === 'clear') await endOthers(context, state, signal)
    if (event === 'Stop') failures.check(state)
    const outcome = await ask(event, payload, signal)
    if (event === 'Stop' || event === 'SubagentStop') return limitStops(context, state, event, payload, outcome)
    if (event === 'UserPromptSubmit') tellBlocked(context, outcome)
    return codexAnswer(event, outcome)
  }

  return {
    sessions,
    async answer(event, payload, signal) {
      try {
        const json = await handle(event, payload, signal)
        tellMessages(options, json)
        return json === null ? null : { json }
      } catch (error) {
        options.log.error('hooks.bridge', { event, error: String(error) })
        const closed = options.onError === 'closed' && DENY_EVENTS.has(event)
        if (closed) return { refused: `The hooks of ${event} failed (${String(error)}), and hooks.onError is closed.` }
        options.say(`the hooks of ${event} failed and were passed over: ${String(error)}`)
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

/** Events that can bring the model what hooks said before. */
const LATE_CARRIERS: ReadonlySet<string> = new Set(['UserPromptSubmit', 'PreToolUse', 'PostToolUse'])
const NEVER = new AbortController().signal

async function sessionEnd(
  { ask, interactive }: BridgeContext,
  state: SessionState,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<null> {
  if (state.ended) return null
  state.ended = true
  // codex gives every end the reason `other`; in its TUI that is the user who leaves.
  const left = interactive && payload.reason === 'other'
  const common = { ...payload, ...state.common, permission_mode: undefined }
  await ask('SessionEnd', common, signal, { reason: left ? 'prompt_input_exit' : (payload.reason ?? 'other') })
  return null
}

async function endOthers(context: BridgeContext, current: SessionState, signal: AbortSignal): Promise<void> {
  const others = context.sessions.all().filter((state) => state !== current && !state.ended)
  await Promise.all(others.map((state) => sessionEnd(context, state, { ...state.common, reason: 'clear' }, signal)))
}

/** `exec` says nothing of why a prompt was blocked. */
function tellBlocked(
  { interactive, say }: BridgeContext,
  { blocked, reason, continue: goesOn, stopReason }: HookOutcome,
): void {
  if (interactive) return
  if (blocked) say(`UserPromptSubmit operation blocked by hook: ${reason ?? 'Blocked by hook'}`)
  else if (!goesOn) say(`Operation stopped by hook: ${stopReason ?? 'no reason given'}`)
}

function tellMessages({ interactive, say }: BridgeOptions, json: JsonObject | null): void {
  if (!interactive && typeof json?.systemMessage === 'string') say(json.systemMessage)
}
