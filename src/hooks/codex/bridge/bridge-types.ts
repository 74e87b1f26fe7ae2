import type { Log } from '../../../log/log.js'
import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import type { HookEngine } from '../../engine.js'
import type { Sessions } from './bridge-sessions.js'

/** The output of a codex hook: JSON on stdout, a text on stderr with exit code 2, or nothing. */
export type BridgeAnswer = { readonly json: JsonObject } | { readonly refused: string } | null

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
  /** Returns messages that wait for a way to the user: an answer to UserPromptSubmit shows them in the TUI. */
  messages?(payload: JsonObject): Promise<readonly string[]>
  /** Called when a hook has ended a turn before its first model request. */
  onHeldBack?(): void
  say(line: string): void
}

/** The context of the event handlers. */
export interface BridgeContext extends BridgeOptions {
  readonly sessions: Sessions
  /** Runs the hooks of an event with codex's payload translated to Claude Code's. */
  runHooks(event: string, payload: JsonObject, signal: AbortSignal, fields?: JsonObject): Promise<HookOutcome>
}
