/** How the hooks of an event are matched and what their output can do (claude-code-2.1 section 2). */
export interface EventRule {
  /** The payload field that matchers are compared with; null: matchers are ignored. */
  readonly field: string | null
  /** Whether exit code 2 and `decision: block` block the operation. */
  readonly blocks: boolean
  /** Whether `continue: false` has an effect. */
  readonly stops: boolean
  /** Whether plain stdout is sent to the model. */
  readonly plain: boolean
  /** Whether the event is a tool call, so that `if` rules apply. */
  readonly tool: boolean
  /** Whether the reasons of all blocks are reported; otherwise only the first. */
  readonly allBlocks: boolean
  /** Default timeout of a command hook, in ms. */
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
  PreSkillShellCommand: TOOL,
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
  // Claude Code gives all SessionEnd hooks together 1.5 s by default.
  SessionEnd: { ...DEFAULT, field: 'reason', stops: false, timeoutMs: 1_500 },
  MessageDisplay: { ...DEFAULT, timeoutMs: 10_000 },
}

/** Returns the rule of an event; unknown events get the default rule. */
export function eventRule(event: string): EventRule {
  return Object.hasOwn(RULES, event) ? (RULES[event] as EventRule) : DEFAULT
}

/** Events whose hooks get a file for environment variables (CLAUDE_ENV_FILE). */
export const ENV_FILE_EVENTS: ReadonlySet<string> = new Set(['SessionStart', 'Setup', 'CwdChanged', 'FileChanged'])
