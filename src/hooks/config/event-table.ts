/** How the hooks of an event are matched and what their output can do (claude-code-2.1 section 2). */
export interface EventRule {
  /** The field of the payload a matcher is held against; null: matchers are ignored. */
  readonly field: string | null
  /** Whether exit code 2 and `decision: block` stop something. */
  readonly blocks: boolean
  /** Whether `continue: false` counts. */
  readonly stops: boolean
  /** Whether plain output is told to the model. */
  readonly plain: boolean
  /** Whether an `if` rule can be held against the event. */
  readonly tool: boolean
  /** Whether every block is told, one after the other; else the first alone counts. */
  readonly allBlocks: boolean
  /** How long a command may take, in ms. */
  readonly timeoutMs: number
}

const DEFAULT: EventRule = {
  field: null,
  blocks: false,
  stops: true,
  plain: false,
  tool: false,
  allBlocks: false,
  timeoutMs: 600_000,
}
const TOOL: EventRule = { ...DEFAULT, field: 'tool_name', blocks: true, tool: true }

const RULES: Readonly<Record<string, EventRule>> = {
  SessionStart: { ...DEFAULT, field: 'source', plain: true, stops: false },
  Setup: { ...DEFAULT, field: 'trigger', stops: false },
  UserPromptSubmit: { ...DEFAULT, blocks: true, plain: true, timeoutMs: 30_000 },
  UserPromptExpansion: { ...DEFAULT, field: 'command_name', blocks: true, plain: true },
  PreToolUse: TOOL,
  PermissionRequest: TOOL,
  PermissionDenied: { ...TOOL, blocks: false },
  PostToolUse: { ...TOOL, allBlocks: true },
  PostToolUseFailure: { ...TOOL, allBlocks: true },
  PostToolBatch: { ...DEFAULT, blocks: true },
  Notification: { ...DEFAULT, field: 'notification_type' },
  Stop: { ...DEFAULT, blocks: true, allBlocks: true },
  StopFailure: { ...DEFAULT, field: 'error' },
  SubagentStart: { ...DEFAULT, field: 'agent_type' },
  SubagentStop: { ...DEFAULT, field: 'agent_type', blocks: true, allBlocks: true },
  PreCompact: { ...DEFAULT, field: 'trigger', blocks: true, plain: true },
  PostCompact: { ...DEFAULT, field: 'trigger' },
  // All of them together have 1.5 s where they say nothing else.
  SessionEnd: { ...DEFAULT, field: 'reason', stops: false, timeoutMs: 1_500 },
  MessageDisplay: { ...DEFAULT, timeoutMs: 10_000 },
}

/** The rule of an event; events that are not known go by the plainest. */
export function eventRule(event: string): EventRule {
  return Object.hasOwn(RULES, event) ? (RULES[event] as EventRule) : DEFAULT
}

/** Events whose hooks are given a file for variables (CLAUDE_ENV_FILE). */
export const ENV_FILE_EVENTS: ReadonlySet<string> = new Set(['SessionStart', 'Setup', 'CwdChanged', 'FileChanged'])
