import type { Command } from '../commands/read-command.js'
import { readProjectLayers, type SettingsFolder } from '../config/claude-settings.js'
import { knownFolders } from '../config/known-folders.js'
import { DENY_EVENTS, NATIVE_EVENTS, type NativeEvent, nativeEvents } from '../hooks/codex/bridge/codex-events.js'
import type { ClaudeHooks } from '../hooks/engine.js'
import { isObject } from '../json.js'
import type { Run } from './feature.js'

/**
 * Returns the events that codex is told to ask codex-plus about: it takes none later. They are those of the folder it
 * starts in, trusted or not; of every folder that is known, where the user may move a thread (TUI); and all of them for the
 * app-server, whose clients choose any folder.
 */
export function eventsToAsk(run: Run, hooks: ClaudeHooks): NativeEvent[] {
  const { env, interactive, serves, offers } = run
  if (serves) return Object.keys(NATIVE_EVENTS) as NativeEvent[]
  const events = new Set(hooks.needed())
  if (interactive)
    for (const event of knownFolders(env).flatMap((cwd) => configuredEvents({ cwd, env }))) events.add(event)
  if (interactive && offers.needsVoice) events.add('UserPromptSubmit')
  return nativeEvents(events)
}

function configuredEvents(folder: SettingsFolder): string[] {
  return readProjectLayers(folder).flatMap(({ values: { hooks } }) => (isObject(hooks) ? Object.keys(hooks) : []))
}

/** The hooks of a folder that this run of codex does not ask about. */
export interface Unasked {
  readonly events: readonly string[]
  /** Whether one of them may deny something: without it the thread must not go on. */
  readonly guards: boolean
  readonly files: readonly string[]
}

/** Finds the hooks of a folder whose events are not among those that codex asks about; null if there are none. */
export function unaskedHooks(hooks: ClaudeHooks, asked: readonly NativeEvent[]): Unasked | null {
  return unasked(
    hooks.registered().hooks.map(({ event, source }) => ({ event, file: source.file })),
    asked,
  )
}

/** The same for the hooks in the front matter of a command. */
export function unaskedOfCommand({ frontMatter, path }: Command, asked: readonly NativeEvent[]): Unasked | null {
  const events = isObject(frontMatter.hooks) ? Object.keys(frontMatter.hooks) : []
  return unasked(
    events.map((event) => ({ event, file: path })),
    asked,
  )
}

function unasked(hooks: ReadonlyArray<{ event: string; file: string }>, asked: readonly NativeEvent[]): Unasked | null {
  const missing = hooks.filter(({ event }) => nativeEvents(new Set([event])).some((one) => !asked.includes(one)))
  if (missing.length === 0) return null
  return {
    events: [...new Set(missing.map(({ event }) => event))],
    guards: missing.some(({ event }) => DENY_EVENTS.has(event)),
    files: [...new Set(missing.map(({ file }) => file))],
  }
}
