/**
 * Commands that Claude Code handles itself (claude-code-2.1 section 1.1, cases 214 to 217). A command file of the same
 * name comes first. Commands that Claude Code turns into a prompt (`/init`, `/review`) are not listed: codex-plus does
 * not send Claude Code's prompts.
 */
const NAMES =
  'add-dir agents branch btw bug clear color compact config context copy cost desktop diff doctor effort exit export ' +
  'extra-usage fast feedback fork help hooks ide install-github-app install-slack-app keybindings login logout mcp ' +
  'memory mobile model output-style passes permissions plan plugin privacy-settings quit rate-limit-options ' +
  'release-notes reload-plugins remote-control remote-env rename resume rewind sandbox settings skills stats status ' +
  'statusline stickers tasks terminal-setup theme todos upgrade usage vim voice'

const BUILT_INS: ReadonlySet<string> = new Set(NAMES.split(' '))

/** Whether a name is one of Claude Code's own commands that send no prompt to the model. */
export function isClaudeBuiltIn(name: string): boolean {
  return BUILT_INS.has(name)
}
