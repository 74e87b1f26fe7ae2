// This folder connects codex's own hook events to the `.claude` hooks: overrides that add the hooks, the route they call, their answers.

import type { Turn } from '../../../prompt/turn.js'
import type { InputItem } from '../../../request/input-item.js'
import type { JsonObject } from '../../../request/request-body.js'
import { claudePayload } from '../translate/claude-payload.js'
import { codexAnswer } from '../translate/codex-answer.js'
import { hookReply } from '../translate/hook-reply.js'
import { type SessionState, Sessions } from './bridge-sessions.js'
import type { BridgeAnswer, BridgeContext, BridgeOptions } from './bridge-types.js'
import { DENY_EVENTS, type NativeEvent } from './codex-events.js'
import { limitStops } from './stop-limit.js'
import { permissionRequest, postToolUse, preToolUse } from './tool-events.js'
import type { TurnRefusal } from './turn-refusal.js'
import { createUnreportedEnds } from './unreported-ends.js'

/** Answers codex's hooks with the outcome of the `.claude` hooks of a run. */
export interface Bridge {
  readonly sessions: Sessions
  answer(event: NativeEvent, payload: JsonObject, signal: AbortSignal): Promise<BridgeAnswer>
  /** Finds calls whose end codex did not report; called before each model request. */
  checkEnds(state: SessionState, items: readonly InputItem[]): Promise<void>
  /** Learns the effort of a turn from one of its model requests. */
  turnSeen(turn: Pick<Turn, 'turnId' | 'effort'>): void
  /** Runs the StopFailure hooks: the model's server refused a request in a way that ends the turn. */
  turnRefused(turn: Pick<Turn, 'threadId' | 'turnId' | 'ancestors'>, refusal: TurnRefusal): void
  /** Runs SessionEnd for the sessions that codex did not end itself; called after codex has ended. */
  close(): Promise<void>
}

/** Creates the bridge of one run. */
export function createBridge(options: BridgeOptions): Bridge {
  const sessions = new Sessions()
  const efforts = new Map<string, string>()
  const running = new Set<Promise<unknown>>()
  const runHooks: BridgeContext['runHooks'] = async (event, payload, signal, fields) => {
    const outcome = await options
      .engineOf(payload)
      .run(event, claudePayload(event, { ...payload, ...effortOf(efforts, payload) }, fields), signal)
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
  const ends = createUnreportedEnds(context)

  const handle = async (event: NativeEvent, payload: JsonObject, signal: AbortSignal): Promise<JsonObject | null> => {
    const state = sessions.update(payload)
    if (event === 'PreToolUse') return await preToolUse(context, state, payload, signal)
    if (event === 'PermissionRequest') return await permissionRequest(context, state, payload, signal)
    if (event === 'PostToolUse') return await postToolUse(context, state, payload, signal)
    if (event === 'SessionEnd') return await sessionEnd(context, state, payload, signal)
    // codex reports a cleared session only by the SessionStart of its successor.
    if (event === 'SessionStart' && payload.source === 'clear') await endOthers(context, state, signal)
    if (event === 'Stop') await ends.check(state)
    const outcome = await runHooks(event, payload, signal)
    if (event === 'Stop' || event === 'SubagentStop') return limitStops(context, state, event, payload, outcome)
    const answer = codexAnswer(event, outcome)
    if (event === 'PreCompact') {
      const text = answer?.continue === false ? String(answer.stopReason) : null
      state.uncompacted = text === null ? null : { turnId: payload.turn_id, text }
    }
    return answer
  }

  return {
    sessions,
    async answer(event, payload, signal) {
      try {
        const answer = await withLines(options, event, payload, await handle(event, payload, signal))
        if (event === 'UserPromptSubmit' && isHeldBack(answer)) options.onHeldBack?.()
        const reply = hookReply(event, answer, options.interactive)
        if (reply === null) return null
        if ('refused' in reply) keepContext(event, answer, sessions.update(payload))
        const lines = options.interactive ? [] : userLines(event, answer)
        return lines.length === 0 ? reply : { ...reply, lines }
      } catch (error) {
        options.log.error('hooks.bridge', { event, error: String(error) })
        const closed = options.onError === 'closed' && DENY_EVENTS.has(event)
        if (closed && event === 'UserPromptSubmit') options.onHeldBack?.()
        if (closed) return { refused: `The hooks of ${event} failed (${String(error)}), and hooks.onError is closed.` }
        options.say(`the hooks of ${event} failed and were skipped: ${String(error)}`)
        return null
      }
    },
    checkEnds: ends.check,
    turnSeen({ turnId, effort }) {
      if (effort === null || turnId === '') return
      efforts.set(turnId, effort)
      const [oldest] = efforts.size > MOST_TURNS ? efforts.keys() : []
      if (oldest !== undefined) efforts.delete(oldest)
    },
    turnRefused({ threadId, turnId, ancestors }, { error, message }) {
      const common = sessions.find([threadId, ...ancestors])?.common ?? { session_id: threadId }
      const fields = { error, last_assistant_message: message }
      const done = runHooks('StopFailure', { ...common, turn_id: turnId }, AbortSignal.timeout(600_000), fields)
        .catch(() => {})
        .finally(() => running.delete(done))
      running.add(done)
    },
    async close() {
      const open = sessions.all().filter(({ ended }) => !ended)
      const closing = open.map((state) => sessionEnd(context, state, { ...state.common, reason: 'other' }, NEVER))
      await Promise.allSettled([...closing, ends.settled(), ...running])
    },
  }
}

/** Adds lines for the user to an answer whose message codex's TUI shows (codex-0.169 section 7.7). */
async function withLines(
  { interactive, lines }: BridgeOptions,
  event: NativeEvent,
  payload: JsonObject,
  json: JsonObject | null,
): Promise<JsonObject | null> {
  const waiting = interactive && LINE_CARRIERS.has(event) ? ((await lines?.(event, payload)) ?? []) : []
  if (waiting.length === 0) return json
  const own = typeof json?.systemMessage === 'string' ? [json.systemMessage] : []
  return { ...json, systemMessage: [...own, ...waiting.map((line) => `codex-plus: ${line}`)].join('\n') }
}

/** Events whose `systemMessage` codex shows in the TUI. */
const LINE_CARRIERS: ReadonlySet<string> = new Set(['SessionStart', 'UserPromptSubmit', 'Stop'])
/** Events whose answer can deliver earlier contexts to the model. */
const LATE_CARRIERS: ReadonlySet<string> = new Set(['UserPromptSubmit', 'PreToolUse', 'PostToolUse'])
/** The efforts of so many turns are remembered. */
const MOST_TURNS = 64
const NEVER = new AbortController().signal

function effortOf(efforts: ReadonlyMap<string, string>, { turn_id: turn }: JsonObject): JsonObject {
  const level = efforts.get(String(turn))
  return level === undefined ? {} : { effort: { level } }
}

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

/** A refused prompt takes the context of its hooks along: it goes with the next event, as codex keeps that of its own hooks. */
function keepContext(event: NativeEvent, answer: JsonObject | null, state: SessionState): void {
  const { additionalContext } = (answer?.hookSpecificOutput ?? {}) as JsonObject
  if (event === 'UserPromptSubmit' && typeof additionalContext === 'string') state.late.push(additionalContext)
}

/** Whether a prompt does not reach the model. */
function isHeldBack(answer: JsonObject | null): boolean {
  return answer?.continue === false || answer?.decision === 'block'
}

/** Returns what `codex exec` does not show of an answer: why a prompt is blocked, and system messages. */
function userLines(event: NativeEvent, answer: JsonObject | null): string[] {
  const lines: string[] = []
  if (event === 'UserPromptSubmit') {
    if (answer?.continue === false) lines.push(`Operation stopped by hook: ${String(answer.stopReason)}`)
    else if (answer?.decision === 'block') {
      lines.push(`UserPromptSubmit operation blocked by hook: ${String(answer.reason).trimEnd()}`)
    }
  }
  if (typeof answer?.systemMessage === 'string') lines.push(answer.systemMessage)
  return lines
}
