import type { JsonObject } from '../../../request/request-body.js'
import type { ToolUse } from '../translate/tool-use.js'

/** A call of a tool that began and was not seen to end. */
export interface OpenCall {
  readonly id: string
  readonly uses: readonly ToolUse[]
  /** codex's payload of its PreToolUse. */
  readonly payload: JsonObject
  readonly begun: number
}

/** What one session of codex is remembered for, between its events. */
export interface SessionState {
  /** The fields all events share, from the newest one; `turn_id` with them. */
  common: JsonObject
  /** Stops blocked one after the other, by agent. */
  readonly blockedStops: Map<string, number>
  readonly openCalls: Map<string, OpenCall>
  /** What hooks had to say to the model when no event could carry it. */
  readonly late: string[]
  /** The turn that a hook ended before the model was asked again, and its words. */
  stopped: { readonly turnId: unknown; readonly text: string } | null
  ended: boolean
}

/** The sessions of one run, by codex's id. */
export class Sessions {
  readonly #states = new Map<string, SessionState>()

  /** The state of the session an event belongs to, its shared fields brought up to date. */
  see(payload: JsonObject): SessionState {
    const id = String(payload.session_id ?? '')
    const state: SessionState = this.#states.get(id) ?? {
      common: {},
      blockedStops: new Map(),
      openCalls: new Map(),
      late: [],
      stopped: null,
      ended: false,
    }
    this.#states.set(id, state)
    const { session_id, transcript_path, cwd, turn_id = state.common.turn_id, permission_mode } = payload
    // A sub-agent's turn and transcript are not the session's.
    if (payload.agent_id === undefined) state.common = { session_id, transcript_path, cwd, turn_id, permission_mode }
    return state
  }

  find(ids: readonly string[]): SessionState | undefined {
    const id = ids.find((candidate) => this.#states.has(candidate))
    return id === undefined ? undefined : this.#states.get(id)
  }

  all(): readonly SessionState[] {
    return [...this.#states.values()]
  }
}
