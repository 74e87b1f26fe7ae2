/** codex's own hook events (app-server `hooks/list` of 0.169), each with its name in a trust key. */
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

/** The events of codex that events of Claude Code's need besides the one of their own name. */
const CARRIERS: Readonly<Record<string, readonly NativeEvent[]>> = {
  // Where a call began, and where it ended well enough for codex to tell.
  PostToolUseFailure: ['PreToolUse', 'PostToolUse', 'Stop'],
  Notification: ['PermissionRequest'],
  // A session that codex cannot end any more has to be known.
  SessionEnd: ['SessionStart'],
}

/** Events whose hooks may stop something: with `hooks.onError: closed` they do, when they cannot be asked. */
export const DENY_EVENTS: ReadonlySet<string> = new Set(['PreToolUse', 'PermissionRequest', 'UserPromptSubmit'])

/** The events of codex that have to be listened to for these of Claude Code's. */
export function nativeEvents(events: ReadonlySet<string>): NativeEvent[] {
  const needed = new Set<string>([...events].flatMap((event) => [event, ...(CARRIERS[event] ?? [])]))
  return (Object.keys(NATIVE_EVENTS) as NativeEvent[]).filter((event) => needed.has(event))
}
