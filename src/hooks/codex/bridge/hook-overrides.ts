import { createHash } from 'node:crypto'
import type { ConfigOverride } from '../../../codex/parse-arguments.js'
import { inlineToml } from '../../../config/inline-toml.js'
import { asTable, tableOfOverrides } from '../../../config/toml-tables.js'
import { NATIVE_EVENTS, type NativeEvent } from './codex-events.js'

/** codex's timeout of a bridge hook, in s. It is high: codex-plus enforces the timeout of each hook, and a bridge ends with codex-plus. */
const TIMEOUT = 86_400
/** codex's maximum timeout for SessionEnd hooks, in s (codex-0.169 section 5.1). */
const SESSION_END_TIMEOUT = 3

type Table = Record<string, unknown>

/** The changes to codex's command line: added overrides, and user overrides merged with the hooks of codex-plus. */
export interface HookOverrides {
  readonly overrides: readonly string[]
  /** Replacement `key=value` by the index of the user's argument. */
  readonly replaced: ReadonlyMap<number, string>
}

/**
 * Returns the overrides that add one trusted session hook per event (codex-0.169 section 5.1). codex uses the last value of
 * a key, so the user's own `-c hooks…` are merged with the added hooks into one table that replaces the last of them.
 * `matchers` keep codex from starting a hook for other tools.
 */
export function hookOverrides(
  events: readonly NativeEvent[],
  command: (event: NativeEvent) => string,
  user: readonly ConfigOverride[],
  matchers: Readonly<Partial<Record<NativeEvent, string>>> = {},
): HookOverrides {
  if (events.length === 0) return { overrides: [], replaced: new Map() }
  const userHooks = user.filter(({ key }) => key === 'hooks' || key.startsWith('hooks.'))
  const table: Table = { ...asTable(tableOfOverrides(userHooks).hooks) }
  const state: Table = {}
  for (const event of events) {
    const groups = Array.isArray(table[event]) ? (table[event] as unknown[]) : []
    const handler = handlerOf(event, command(event))
    state[`/<session-flags>/config.toml:${NATIVE_EVENTS[event]}:${groups.length}:0`] = {
      trusted_hash: trustHash(event, handler, matchers[event]),
    }
    const matcher = matchers[event]
    table[event] = [...groups, { ...(matcher !== undefined && { matcher }), hooks: [handler] }]
  }
  const whole = { ...asTable(table.state), ...state }
  const last = userHooks.at(-1)
  if (last) {
    return { overrides: [], replaced: new Map([[last.index, `hooks=${inlineToml({ ...table, state: whole })}`]]) }
  }
  const overrides = events.map((event) => `hooks.${event}=${inlineToml(table[event])}`)
  return { overrides: [...overrides, `hooks.state=${inlineToml(whole)}`], replaced: new Map() }
}

/** Returns the hash that marks a hook as trusted in codex: SHA-256 of its settings as sorted JSON. */
export function trustHash(event: NativeEvent, handler: Table, matcher?: string): string {
  const sorted = Object.fromEntries(Object.entries(handler).sort(([a], [b]) => (a < b ? -1 : 1)))
  const identity = JSON.stringify({ event_name: NATIVE_EVENTS[event], hooks: [sorted], matcher })
  return `sha256:${createHash('sha256').update(identity).digest('hex')}`
}

function handlerOf(event: NativeEvent, command: string): Table {
  const timeout = event === 'SessionEnd' ? SESSION_END_TIMEOUT : TIMEOUT
  return { type: 'command', command, timeout, async: false }
}
