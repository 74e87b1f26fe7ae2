import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import { codexAnswer } from '../translate/codex-answer.js'
import type { SessionState } from './bridge-sessions.js'
import type { BridgeContext } from './bridge-types.js'

/** Answers a stop; drops the block if hooks have continued this agent `stopCap` times in a row (claude-code-2.1 section 2: 8). */
export function limitStops(
  { say, stopCap }: BridgeContext,
  state: SessionState,
  event: 'Stop' | 'SubagentStop',
  payload: JsonObject,
  outcome: HookOutcome,
): JsonObject | null {
  const agent = String(payload.agent_id ?? '')
  const answer = codexAnswer(event, outcome)
  if (answer?.decision !== 'block') {
    state.blockedStops.delete(agent)
    return answer
  }
  const before = payload.stop_hook_active === true ? (state.blockedStops.get(agent) ?? 0) : 0
  if (before >= stopCap) {
    state.blockedStops.delete(agent)
    say(
      `a ${event} hook has blocked the end of the turn ${stopCap} times in a row; its block is ignored now. Set CLAUDE_CODE_STOP_HOOK_BLOCK_CAP to allow more.`,
    )
    const { decision: _decision, reason: _reason, ...rest } = answer
    return Object.keys(rest).length === 0 ? null : rest
  }
  state.blockedStops.set(agent, before + 1)
  return answer
}
