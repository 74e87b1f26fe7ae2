import type { Command } from '../commands/read-command.js'
import { readProjectLayers, type SettingsFolder } from '../config/claude-settings.js'
import { knownFolders } from '../config/known-folders.js'
import { DENY_EVENTS, NATIVE_EVENTS, type NativeEvent, nativeEvents } from '../hooks/codex/bridge/codex-events.js'
import type { ClaudeHooks } from '../hooks/engine.js'
import { isObject } from '../json.js'
import { readProjectPermissions } from '../permissions/read-settings.js'
import { EVERY_TOOL, matcherOf, type RuleReach, reachOf } from '../permissions/rule-reach.js'
import type { Run } from './feature.js'
import type { FolderRules, RunRules } from './run-rules.js'

/** What codex is told, when it starts, to ask codex-plus about; it takes nothing later. */
export interface Asked {
  readonly events: readonly NativeEvent[]
  /** The tools that PreToolUse is asked for, as regular expressions; `EVERY_TOOL` for all. */
  readonly tools: readonly string[]
  /** Whether permission rules need PreToolUse, so that a call must not run where codex-plus cannot be reached. */
  readonly rulesForbid: boolean
  readonly matchers: Readonly<Partial<Record<NativeEvent, string>>>
}

/** What a folder's files need of codex: the events of its hooks, and its rules. */
interface Needs {
  readonly events: Iterable<string>
  readonly reach: Pick<RuleReach, 'forbids' | 'allows'>
}

const NO_REACH: Needs['reach'] = { forbids: [], allows: false }

/**
 * Returns what codex is told to ask about: what the folder it starts in needs, trusted or not; what every folder that is
 * known needs, where the user may move a thread (TUI); and everything for the app-server, whose clients choose any folder.
 */
export function whatToAsk(run: Run, hooks: ClaudeHooks | null, rules: RunRules | null): Asked {
  const { env, folder, interactive, serves, offers } = run
  if (serves) {
    const events = hooks === null ? RULE_EVENTS : (Object.keys(NATIVE_EVENTS) as NativeEvent[])
    return { events, tools: [EVERY_TOOL], rulesForbid: rules !== null, matchers: {} }
  }
  const all: Needs[] = [{ events: hooks?.needed() ?? [], reach: rules?.of(folder).reach ?? NO_REACH }]
  if (interactive) {
    for (const cwd of knownFolders(env)) {
      all.push({
        events: hooks === null ? [] : configuredEvents({ cwd, env }),
        reach: rules === null ? NO_REACH : reachOf(readProjectPermissions({ cwd, env }), () => false),
      })
    }
    if (hooks !== null && offers.needsVoice) all.push({ events: ['UserPromptSubmit'], reach: NO_REACH })
  }
  return askedFor(all)
}

/** Without hooks, rules alone need these. */
const RULE_EVENTS: readonly NativeEvent[] = ['PreToolUse', 'PermissionRequest']

function askedFor(all: readonly Needs[]): Asked {
  const needed = new Set(all.flatMap(({ events }) => [...events]))
  const forbids = [...new Set(all.flatMap(({ reach }) => reach.forbids))]
  const byHooks = nativeEvents(needed).includes('PreToolUse')
  if (forbids.length > 0) needed.add('PreToolUse')
  // A PreToolUse hook's allow is given to codex when it asks.
  if (byHooks || all.some(({ reach }) => reach.allows)) needed.add('PermissionRequest')
  const matcher = byHooks || forbids.length === 0 ? undefined : matcherOf(forbids)
  return {
    events: nativeEvents(needed),
    tools: byHooks ? [EVERY_TOOL] : forbids,
    rulesForbid: forbids.length > 0,
    matchers: matcher === undefined ? {} : { PreToolUse: matcher },
  }
}

function configuredEvents(folder: SettingsFolder): string[] {
  return readProjectLayers(folder).flatMap(({ values: { hooks } }) => (isObject(hooks) ? Object.keys(hooks) : []))
}

/** What of a folder this run of codex does not ask about. */
export interface Unasked {
  /** The events, or the tools that rules are about. */
  readonly what: readonly string[]
  /** Whether something may be denied by it: without it the thread must not go on. */
  readonly guards: boolean
  readonly files: readonly string[]
}

/** Finds the hooks of a folder whose events are not among those that codex asks about; null if there are none. */
export function unaskedHooks(hooks: ClaudeHooks, asked: Asked): Unasked | null {
  return unasked(
    hooks.registered().hooks.map(({ event, source }) => ({ event, file: source.file })),
    asked,
  )
}

/** The same for the hooks in the front matter of a command. */
export function unaskedOfCommand({ frontMatter, path }: Command, asked: Asked): Unasked | null {
  const events = isObject(frontMatter.hooks) ? Object.keys(frontMatter.hooks) : []
  return unasked(
    events.map((event) => ({ event, file: path })),
    asked,
  )
}

/** The same for the deny and ask rules of a folder, and its modes that forbid. */
export function unaskedRules({ settings, reach }: FolderRules, asked: Asked): Unasked | null {
  const isAsked = (pattern: string): boolean => asked.tools.includes(EVERY_TOOL) || asked.tools.includes(pattern)
  if (reach.forbids.every(isAsked)) return null
  const forbidding = [...settings.rules.filter(({ kind }) => kind !== 'allow'), ...settings.modes]
  const rules = forbidding.map((each) => ('rule' in each ? each.rule : each.mode))
  return { what: [...new Set(rules)], guards: true, files: [...new Set(forbidding.map(({ file }) => file))] }
}

function unasked(hooks: ReadonlyArray<{ event: string; file: string }>, { events, tools }: Asked): Unasked | null {
  const isAsked = (event: NativeEvent): boolean =>
    events.includes(event) && (event !== 'PreToolUse' || tools.includes(EVERY_TOOL))
  const missing = hooks.filter(({ event }) => !nativeEvents(new Set([event])).every(isAsked))
  if (missing.length === 0) return null
  return {
    what: [...new Set(missing.map(({ event }) => event))],
    guards: missing.some(({ event }) => DENY_EVENTS.has(event)),
    files: [...new Set(missing.map(({ file }) => file))],
  }
}
