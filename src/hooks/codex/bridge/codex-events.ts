/** codex's own hook events (app-server `hooks/list` of 0.169), each with its name in trust keys. */
export const NATIVE_EVENTS = {
  SessionStart: 'session_start',
  UserPromptSubmit: 'user_prompt_submit',
  PreToolUse: 'pre_tool_use',
  PermissionRequest: 'permission_request',
  PostToolUse: 'post_tool_use',
  PreCompact: 'pre_compact',
  PostCompact: 'post_compact',
  SubagentStart: 'subagent_start',
  SubagentStop: 'subagent_stop',
  Stop: 'stop',
  SessionEnd: 'session_end',
} as const

export type NativeEvent = keyof typeof NATIVE_EVENTS

/** The codex events that a Claude Code event needs in addition to the one with its name. */
const CARRIERS: Readonly<Record<string, readonly NativeEvent[]>> = {
  // The start of a call, and the events at which its failure can be found.
  PostToolUseFailure: ['PreToolUse', 'PostToolUse', 'Stop'],
  Notification: ['PermissionRequest'],
  // Where the session's transcript and folder are known from.
  StopFailure: ['SessionStart'],
  // codex may die without ending a session: codex-plus must know the open sessions.
  SessionEnd: ['SessionStart'],
}

/** Events that hooks can deny: with `hooks.onError: closed` they are denied if the hooks cannot be run. */
export const DENY_EVENTS: ReadonlySet<string> = new Set(['PreToolUse', 'PermissionRequest', 'UserPromptSubmit'])

/** Returns the codex events needed for a set of Claude Code events. */
export function nativeEvents(events: ReadonlySet<string>): NativeEvent[] {
  const needed = new Set<string>([...events].flatMap((event) => [event, ...(CARRIERS[event] ?? [])]))
  return (Object.keys(NATIVE_EVENTS) as NativeEvent[]).filter((event) => needed.has(event))
}
