import type { Log } from '../../../log/log.js'
import type { Judgement } from '../../../permissions/judgement.js'
import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import type { HookEngine } from '../../engine.js'
import type { HookReply } from '../translate/hook-reply.js'
import type { ToolUse } from '../translate/tool-use.js'
import type { Sessions } from './bridge-sessions.js'
import type { NativeEvent } from './codex-events.js'

/** The output of a codex hook, and lines for the user that are true once the hook has it. */
export type BridgeAnswer = (NonNullable<HookReply> & { readonly lines?: readonly string[] }) | null

/** The MCP server of a tool, as hooks are told of it. */
export interface ToolServer {
  readonly name: string
  /** Where the server is configured; `user` for one of codex's own configuration. */
  readonly source: 'local' | 'project' | 'user'
}

export interface BridgeOptions {
  /** Returns the hooks of the folder that an event belongs to; called with codex's payload. */
  engineOf(payload: JsonObject): Pick<HookEngine, 'run' | 'events'>
  readonly onError: 'open' | 'closed'
  /** The permission rules of the run; absent if none is kept. */
  readonly rules?: RuleKeeper
  /** Whether codex's TUI runs: it shows hook messages, `exec` does not. */
  readonly interactive: boolean
  /** How many times in a row Stop hooks may continue the turn. */
  readonly stopCap: number
  readonly log: Log
  /** Returns the MCP server of a tool, for the payload of PreToolUse; null for other tools. */
  mcpServer?(tool: string): ToolServer | null
  /** Called after the hooks of an event have run, with codex's payload. */
  onRan?(payload: JsonObject, event: string, outcome: HookOutcome): void
  /** Called when a hook has ended a turn before its first model request. */
  onHeldBack?(): void
  say(line: string): void
  /** Returns lines for the user that codex's TUI has not shown yet; called with the event that can show them. */
  lines?(event: NativeEvent, payload: JsonObject): Promise<readonly string[]>
}

/** Holds the permission rules against the calls of the model. */
export interface RuleKeeper {
  /** Judges the calls that a codex call translates to. It never throws: what cannot be judged is denied. */
  judge(uses: readonly ToolUse[], payload: JsonObject, turnId: string): Judgement
  /** Whether codex itself asks the user about the call. */
  codexAsks(uses: readonly ToolUse[], payload: JsonObject): Promise<boolean>
  /** Whether nobody else may answer a permission request: in `exec` it would go to a model. */
  readonly answersAll: boolean
}

/** The context of the event handlers. */
export interface BridgeContext extends BridgeOptions {
  readonly sessions: Sessions
  /** Runs the hooks of an event with codex's payload translated to Claude Code's. */
  runHooks(event: string, payload: JsonObject, signal: AbortSignal, fields?: JsonObject): Promise<HookOutcome>
}
