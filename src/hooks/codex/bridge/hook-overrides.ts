import { createHash } from 'node:crypto'
import type { ConfigOverride } from '../../../codex/codex-arguments.js'
import { parseTomlValue } from '../../../config/toml.js'
import { isObject } from '../../../json.js'
import { NATIVE_EVENTS, type NativeEvent } from './codex-events.js'
import { inlineToml } from './inline-toml.js'

/** codex's limit for a hook, in s: ours are ended by their own, and a bridge ends with us. */
const TIMEOUT = 86_400
/** codex lets hooks of this event take no longer, in s (codex-0.169 section 5.1). */
const SESSION_END_TIMEOUT = 3

type Table = Record<string, unknown>

/** What codex's command line gets: overrides of ours, and arguments of the user's that hold theirs and ours. */
export interface HookOverrides {
  readonly overrides: readonly string[]
  /** Override by the index of the argument it goes into, `key=value`. */
  readonly replaced: ReadonlyMap<number, string>
}

/**
 * The overrides that add one trusted session hook an event (codex-0.169 section 5.1). codex takes the last value of a
 * key, so the user's own `-c hooks…` are kept in one table with ours, in the place of their last one.
 */
export function hookOverrides(
  events: readonly NativeEvent[],
  command: (event: NativeEvent) => string,
  user: readonly ConfigOverride[],
): HookOverrides {
  if (events.length === 0) return { overrides: [], replaced: new Map() }
  const theirs = user.filter(({ key }) => key === 'hooks' || key.startsWith('hooks.'))
  const table = merged(theirs)
  const state: Table = {}
  for (const event of events) {
    const groups = Array.isArray(table[event]) ? (table[event] as unknown[]) : []
    const handler = handlerOf(event, command(event))
    state[`/<session-flags>/config.toml:${NATIVE_EVENTS[event]}:${groups.length}:0`] = {
      trusted_hash: trustHash(event, handler),
    }
    table[event] = [...groups, { hooks: [handler] }]
  }
  const whole = { ...asTable(table.state), ...state }
  const last = theirs.at(-1)
  if (last) {
    return { overrides: [], replaced: new Map([[last.index, `hooks=${inlineToml({ ...table, state: whole })}`]]) }
  }
  const overrides = events.map((event) => `hooks.${event}=${inlineToml(table[event])}`)
  return { overrides: [...overrides, `hooks.state=${inlineToml(whole)}`], replaced: new Map() }
}

/** The hash by which codex knows a hook its user has trusted: SHA-256 of its settings as sorted JSON. */
export function trustHash(event: NativeEvent, handler: Table): string {
  const sorted = Object.fromEntries(Object.entries(handler).sort(([a], [b]) => (a < b ? -1 : 1)))
  const identity = JSON.stringify({ event_name: NATIVE_EVENTS[event], hooks: [sorted] })
  return `sha256:${createHash('sha256').update(identity).digest('hex')}`
}

function handlerOf(event: NativeEvent, command: string): Table {
  const timeout = event === 'SessionEnd' ? SESSION_END_TIMEOUT : TIMEOUT
  return { type: 'command', command, timeout, async: false }
}

/** The user's `-c hooks…` as codex would take them together: in order, each path replacing what stood there. */
function merged(overrides: readonly ConfigOverride[]): Table {
  const root: Table = {}
  for (const { key, value } of overrides) {
    const path = key.split('.')
    const last = path.pop() ?? ''
    let place = root
    for (const name of path) {
      place[name] = { ...asTable(place[name]) }
      place = place[name] as Table
    }
    place[last] = parseTomlValue(value)
  }
  return { ...asTable(root.hooks) }
}

function asTable(value: unknown): Table {
  return isObject(value) ? (value as Table) : {}
}
