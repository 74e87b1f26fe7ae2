import type { Log } from '../../../log/log.js'
import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import type { HookEngine } from '../../engine.js'
import type { HookReply } from '../translate/hook-reply.js'
import type { Sessions } from './bridge-sessions.js'
import type { NativeEvent } from './codex-events.js'

/** The output of a codex hook, and lines for the user that are true once the hook has it. */
export type BridgeAnswer = (NonNullable<HookReply> & { readonly lines?: readonly string[] }) | null

export interface BridgeOptions {
  /** Returns the hooks of the folder that an event belongs to; called with codex's payload. */
  engineOf(payload: JsonObject): Pick<HookEngine, 'run' | 'events'>
  readonly onError: 'open' | 'closed'
  /** Whether codex's TUI runs: it shows hook messages, `exec` does not. */
  readonly interactive: boolean
  /** How many times in a row Stop hooks may continue the turn. */
  readonly stopCap: number
  readonly log: Log
  /** Called after the hooks of an event have run, with codex's payload. */
  onRan?(payload: JsonObject, event: string, outcome: HookOutcome): void
  /** Called when a hook has ended a turn before its first model request. */
  onHeldBack?(): void
  say(line: string): void
  /** Returns lines for the user that codex's TUI has not shown yet; called with the event that can show them. */
  lines?(event: NativeEvent, payload: JsonObject): Promise<readonly string[]>
}

/** The context of the event handlers. */
export interface BridgeContext extends BridgeOptions {
  readonly sessions: Sessions
  /** Runs the hooks of an event with codex's payload translated to Claude Code's. */
  runHooks(event: string, payload: JsonObject, signal: AbortSignal, fields?: JsonObject): Promise<HookOutcome>
}
