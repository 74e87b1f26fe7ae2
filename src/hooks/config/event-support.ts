/** How codex-plus delivers a Claude Code event to its hooks, or why it does not. */
export interface EventSupport {
  readonly event: string
  /** Which part of codex or codex-plus delivers the event; null if the event is not supported. */
  readonly by: string | null
  /** How the event differs from Claude Code, or why it is not supported. */
  readonly note: string | null
}

/** Every event of Claude Code 2.1, in the order of `hooks list`. */
export const EVENT_SUPPORT: readonly EventSupport[] = [
  served(
    'SessionStart',
    "codex's own hook",
    "with the first prompt, not before it; CLAUDE_ENV_FILE does not reach codex's shell; no initialUserMessage",
  ),
  served('UserPromptSubmit', "codex's own hook"),
  served('UserPromptExpansion', 'the command engine'),
  served('PreToolUse', "codex's own hook", '`ask` denies the call and tells the model to ask the user'),
  served('PostToolUse', "codex's own hook", '`updatedToolOutput` is not supported'),
  served('PostToolUseFailure', "codex's own hook, codex's record of how the call ended, and the next request"),
  served('PermissionRequest', "codex's own hook", '`updatedInput` is not supported'),
  served('Notification', "codex's permission requests", 'only for `permission_prompt`, without delay'),
  served('Stop', "codex's own hook"),
  served('StopFailure', 'the proxy', 'only for refusals that codex does not retry'),
  served('SubagentStart', "codex's own hook"),
  served('SubagentStop', "codex's own hook"),
  served('PreCompact', "codex's own hook"),
  served('PostCompact', "codex's own hook"),
  served('SessionEnd', "codex's own hook, or the end of the codex process"),
  missing('Setup', 'codex has no --init and no --maintenance'),
  missing('PostToolBatch', 'codex has no tool batches'),
  missing('PermissionDenied', 'codex does not report it'),
  missing('InstructionsLoaded', 'codex does not report when it loads AGENTS.md'),
  missing('CwdChanged', "codex's working directory does not change"),
  missing('FileChanged', 'codex watches no files'),
  missing('ConfigChange', 'codex does not report it'),
  missing('TaskCreated', 'codex has no tasks'),
  missing('TaskCompleted', 'codex has no tasks'),
  missing('TeammateIdle', 'codex has no teammates'),
  missing('WorktreeCreate', 'codex creates and removes worktrees itself'),
  missing('WorktreeRemove', 'codex creates and removes worktrees itself'),
  missing('Elicitation', "codex answers an MCP server's questions itself"),
  missing('ElicitationResult', "codex answers an MCP server's questions itself"),
  missing('MessageDisplay', 'use a post_output hook, which sees the displayed text'),
]

function served(event: string, by: string, note: string | null = null): EventSupport {
  return { event, by, note }
}

function missing(event: string, note: string): EventSupport {
  return { event, by: null, note }
}
