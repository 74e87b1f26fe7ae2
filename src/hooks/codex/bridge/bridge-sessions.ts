import type { JsonObject } from '../../../request/request-body.js'
import type { ToolUse } from '../translate/tool-use.js'

/** A tool call whose end codex has not reported yet. */
export interface OpenCall {
  readonly id: string
  readonly uses: readonly ToolUse[]
  /** Whether it is a shell command with a patch, whose end codex may not report. */
  readonly patches: boolean
  /** The PreToolUse payload from codex. */
  readonly payload: JsonObject
  readonly begun: number
}

/** The state of one codex session between its events. */
export interface SessionState {
  /** The fields that all events share and `turn_id`, from the newest event. */
  common: JsonObject
  /** Number of consecutive blocked stops, by agent. */
  readonly blockedStops: Map<string, number>
  readonly openCalls: Map<string, OpenCall>
  /** Contexts that hooks returned when no event could deliver them. */
  readonly late: string[]
  /** Calls that a hook allowed, by turn: codex does not take the word from PreToolUse. */
  readonly allowed: Map<string, Set<string>>
  /** The turn that a hook stopped, and the message for the user, until the next model request. */
  stopped: { readonly turnId: unknown; readonly text: string } | null
  /** The turn whose compaction a hook blocked, and the message for the user, until the compaction request. */
  uncompacted: { readonly turnId: unknown; readonly text: string } | null
  ended: boolean
}

/** The sessions of one run, by codex's session id. */
export class Sessions {
  readonly #states = new Map<string, SessionState>()

  /** Returns the state of the session of an event, created if needed, with its common fields updated. */
  update(payload: JsonObject): SessionState {
    const id = String(payload.session_id ?? '')
    const state: SessionState = this.#states.get(id) ?? {
      common: {},
      blockedStops: new Map(),
      openCalls: new Map(),
      late: [],
      allowed: new Map(),
      stopped: null,
      uncompacted: null,
      ended: false,
    }
    this.#states.set(id, state)
    const { session_id, transcript_path, turn_id = state.common.turn_id, permission_mode } = payload
    // The folder of a tool call is not the session's.
    const cwd = payload.tool_name === undefined ? payload.cwd : (state.common.cwd ?? payload.cwd)
    // The turn and transcript of a sub-agent are not those of the session.
    if (payload.agent_id === undefined) state.common = { session_id, transcript_path, cwd, turn_id, permission_mode }
    return state
  }

  /** Returns the state of the first known session id. */
  find(ids: readonly string[]): SessionState | undefined {
    const id = ids.find((candidate) => this.#states.has(candidate))
    return id === undefined ? undefined : this.#states.get(id)
  }

  all(): readonly SessionState[] {
    return [...this.#states.values()]
  }
}
