import type { Log } from '../../../log/log.js'
import type { JsonObject } from '../../../request/request-body.js'
import type { HookOutcome } from '../../decide/event-outcome.js'
import type { HookEngine } from '../../engine.js'
import type { Sessions } from './bridge-sessions.js'

/** What a hook of codex prints: JSON on stdout, a text on stderr with exit code 2, or nothing. */
export type BridgeAnswer = { readonly json: JsonObject } | { readonly refused: string } | null

export interface BridgeOptions {
  readonly engine: Pick<HookEngine, 'run'>
  /** The events that had hooks when codex was started. */
  readonly events: ReadonlySet<string>
  readonly onError: 'open' | 'closed'
  /** Whether codex's TUI runs: it shows what a hook says, `exec` does not. */
  readonly interactive: boolean
  /** How often in a row a Stop hook may keep the model going. */
  readonly stopCap: number
  readonly log: Log
  /** The hooks of an event have run; `payload` is codex's. */
  onRan?(payload: JsonObject, event: string, outcome: HookOutcome): void
  say(line: string): void
}

/** What the handlers of the events work with. */
export interface BridgeContext extends BridgeOptions {
  readonly sessions: Sessions
  /** Runs the hooks of an event with codex's payload in Claude Code's words. */
  ask(event: string, payload: JsonObject, signal: AbortSignal, fields?: JsonObject): Promise<HookOutcome>
}
