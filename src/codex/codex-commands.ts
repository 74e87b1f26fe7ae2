/** The slash commands of the TUI of codex 0.169, including those its list does not show (codex-0.169 section 4). */
const NATIVE = new Set(
  `agents apps approve archive btw cd clear compact config copy daemon daybreak debug-config debug-m-drop debug-m-update
  delete diff exit experimental export fast feedback fork goal hooks ide import init keymap logout mcp memories mention
  model new permissions pets plan plugins presets ps pwd quit raw recap rename resume review rollout setup-default-sandbox
  side skills status statusline stop subagents test-approval theme title tui usage vim voice warnings worktree`.split(
    /\s+/,
  ),
)

/** Returns whether codex's TUI has a built-in slash command `/name`. */
export function isNativeCommand(name: string): boolean {
  return NATIVE.has(name)
}

/** Returns the names of the slash commands of codex's TUI. */
export function nativeCommands(): ReadonlySet<string> {
  return NATIVE
}
