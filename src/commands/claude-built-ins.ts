/**
 * Names that Claude Code answers itself (claude-code-2.1 section 1.1, cases 214 to 217). A command file of the same name
 * comes first. What Claude Code makes a prompt of (`/init`, `/review`) is not among them: that prompt is not ours to send.
 */
const NAMES =
  'add-dir agents branch btw bug clear color compact config context copy cost desktop diff doctor effort exit export ' +
  'extra-usage fast feedback fork help hooks ide install-github-app install-slack-app keybindings login logout mcp ' +
  'memory mobile model output-style passes permissions plan plugin privacy-settings quit rate-limit-options ' +
  'release-notes reload-plugins remote-control remote-env rename resume rewind sandbox settings skills stats status ' +
  'statusline stickers tasks terminal-setup theme todos upgrade usage vim voice'

const BUILT_INS: ReadonlySet<string> = new Set(NAMES.split(' '))

/** Whether a name is one of Claude Code's own commands that involve no model call of the prompt. */
export function isClaudeBuiltIn(name: string): boolean {
  return BUILT_INS.has(name)
}
