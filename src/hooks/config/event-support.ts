/** How an event of Claude Code's comes to its hooks here, or why it does not. */
export interface EventSupport {
  readonly event: string
  /** What it is served by; null where nothing can. */
  readonly by: string | null
  /** What is different from Claude Code, or why it cannot be served. */
  readonly note: string | null
}

/** Every event Claude Code 2.1 has, in the order `hooks list` shows them. */
export const EVENT_SUPPORT: readonly EventSupport[] = [
  served(
    'SessionStart',
    "codex's own hook",
    "with the first prompt, not before it; CLAUDE_ENV_FILE does not reach codex's shell; no initialUserMessage",
  ),
  served('UserPromptSubmit', "codex's own hook"),
  served('UserPromptExpansion', 'the command engine'),
  served('PreToolUse', "codex's own hook", '`ask` denies and tells the model to ask'),
  served('PostToolUse', "codex's own hook", '`updatedToolOutput` cannot be honoured'),
  served('PostToolUseFailure', "codex's own hook, its record of the tool's end, and the next request"),
  served('PermissionRequest', "codex's own hook", '`updatedInput` cannot be honoured'),
  served('Notification', "codex's permission requests", 'at once, for `permission_prompt` alone'),
  served('Stop', "codex's own hook"),
  served('SubagentStart', "codex's own hook"),
  served('SubagentStop', "codex's own hook"),
  served('PreCompact', "codex's own hook"),
  served('PostCompact', "codex's own hook"),
  served('SessionEnd', "codex's own hook, else the end of its process"),
  missing('Setup', 'codex has no --init and no --maintenance'),
  missing('PostToolBatch', 'codex has no batches of tools'),
  missing('PermissionDenied', 'codex does not tell of it'),
  missing('StopFailure', 'codex does not tell of it'),
  missing('InstructionsLoaded', 'codex loads AGENTS.md without telling'),
  missing('CwdChanged', "codex's working directory does not change"),
  missing('FileChanged', 'codex watches no files'),
  missing('ConfigChange', 'codex does not tell of it'),
  missing('TaskCreated', 'codex has no tasks'),
  missing('TaskCompleted', 'codex has no tasks'),
  missing('TeammateIdle', 'codex has no teammates'),
  missing('WorktreeCreate', 'codex makes its worktrees itself'),
  missing('WorktreeRemove', 'codex makes its worktrees itself'),
  missing('Elicitation', "codex answers an MCP server's questions itself"),
  missing('ElicitationResult', "codex answers an MCP server's questions itself"),
  missing('MessageDisplay', 'a post_output hook sees what is shown'),
]

function served(event: string, by: string, note: string | null = null): EventSupport {
  return { event, by, note }
}

function missing(event: string, note: string): EventSupport {
  return { event, by: null, note }
}
