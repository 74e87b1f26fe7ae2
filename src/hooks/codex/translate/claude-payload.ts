import type { JsonObject } from '../../../request/request-body.js'

/** Fields of codex that Claude Code does not have under that name. */
const CODEX_ONLY = new Set(['turn_id', 'model', 'hook_event_name'])
/** The first fields of every event, in Claude Code's order (claude-code-2.1 section 2). */
const COMMON = [
  'session_id',
  'transcript_path',
  'cwd',
  'prompt_id',
  'permission_mode',
  'agent_id',
  'agent_type',
  'effort',
] as const
/** Common fields that Claude Code leaves out, by event. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  SessionStart: ['permission_mode', 'effort'],
  SubagentStart: ['permission_mode', 'effort'],
  UserPromptSubmit: ['effort'],
  PreCompact: ['permission_mode', 'effort'],
  PostCompact: ['permission_mode', 'effort'],
  SessionEnd: ['permission_mode', 'effort'],
  StopFailure: ['permission_mode', 'effort'],
  Notification: ['effort'],
}
const BACKGROUND = { background_tasks: [], session_crons: [] } as const

/** Converts the hook payload of codex to Claude Code's stdin JSON of an event; `fields` replaces the event-specific fields. */
export function claudePayload(
  event: string,
  codex: JsonObject,
  fields: JsonObject = specificFields(codex),
): JsonObject {
  const values: JsonObject = { ...codex, prompt_id: codex.turn_id }
  // Of the starts of a session, only the one after a compaction belongs to a prompt.
  const early = event === 'SessionStart' && codex.source !== 'compact' ? ['prompt_id'] : []
  const without = [...(WITHOUT[event] ?? []), ...early]
  const common = COMMON.filter((key) => values[key] !== undefined && !without.includes(key)).map((key) => [
    key,
    values[key],
  ])
  return { ...Object.fromEntries(common), hook_event_name: event, ...eventFields(event, codex, fields) }
}

/** Returns the event-specific fields of a codex payload. */
function specificFields(codex: JsonObject): JsonObject {
  const common = new Set<string>(COMMON)
  return Object.fromEntries(Object.entries(codex).filter(([key]) => !CODEX_ONLY.has(key) && !common.has(key)))
}

function eventFields(event: string, codex: JsonObject, fields: JsonObject): JsonObject {
  if (event === 'SessionStart') return { source: codex.source, model: codex.model }
  if (event === 'SubagentStop') {
    const { stop_hook_active, agent_transcript_path, last_assistant_message } = codex
    return { stop_hook_active, agent_transcript_path, last_assistant_message, ...BACKGROUND }
  }
  if (event === 'Stop') return { ...fields, ...BACKGROUND }
  if (event === 'PreCompact') return { trigger: codex.trigger, custom_instructions: codex.custom_instructions || null }
  if (event === 'PostCompact') return { trigger: codex.trigger, compact_summary: codex.compact_summary ?? '' }
  return fields
}
