#!/usr/bin/env node
/**
 * PreToolUse, matcher `Bash`: denies shell commands that are hard to undo. It matches the text of the command, so it
 * prevents accidents but is not a sandbox. Add your own rules below.
 */
const RULES = [
  [
    /\brm\b(?=[^;&|]*\s-{1,2}(?:\w*[rR]|recursive))[^;&|]*\s["']?(?:\/|~|\$HOME|\$\{HOME\}|\.\.?|\*)\/?\*?["']?(?=\s*(?:$|[;&|)\s]))/,
    'it deletes a whole folder tree at its root',
  ],
  [/\brm\b[^;&|]*--no-preserve-root/, 'it deletes the root of the file system'],
  [/\bfind\s+["']?(?:\/|~|\$HOME)["']?\s[^;&|]*-delete\b/, 'it deletes all below the root or your home'],
  [/\bmkfs(?:\.\w+)?\s|\bwipefs\s/, 'it formats a disk'],
  [/\bdd\b[^;&|]*\bof=\/dev\/(?!null|zero|stdout|stderr)/, 'it writes over a device'],
  [/>\s*\/dev\/(?:sd|hd|vd|nvme|disk|mmcblk)/, 'it writes over a disk'],
  [
    /\bch(?:mod|own)\b(?=[^;&|]*\s-{1,2}(?:\w*R|recursive))[^;&|]*\s["']?(?:\/|~|\$HOME)["']?(?=\s*(?:$|[;&|)\s]))/,
    'it changes the rights of the root or of your home',
  ],
  [/:\s*\(\s*\)\s*\{\s*:\s*\|\s*:\s*&\s*\}\s*;\s*:/, 'it is a fork bomb'],
  [/\b(?:curl|wget)\b[^;&]*\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b/, 'it runs a script from the network unseen'],
  [/\b(?:shutdown|reboot|halt|poweroff)\b(?=\s|$|;)/, 'it stops the machine'],
  [
    /\bgit\s+push\b(?=[^;&|]*\s(?:--force(?!-with-lease)|-\w*f)\b)[^;&|]*\b(?:main|master|release)\b/,
    'it overwrites a shared branch',
  ],
  [/\bgit\s+clean\b[^;&|]*\s-\w*x/, 'it deletes files that git does not know, ignored ones too'],
]

const input = JSON.parse(await text(process.stdin))
// To the shell, a line that ends in a backslash continues on the next line.
const command = String(input.tool_input?.command ?? '').replace(/\\\n/g, ' ')
const rule = RULES.find(([pattern]) => pattern.test(command))
if (rule) {
  const permissionDecisionReason = `This command was not run: ${rule[1]}. Find another way, or ask the user to run it.`
  const hookSpecificOutput = { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason }
  process.stdout.write(JSON.stringify({ hookSpecificOutput }))
}

async function text(stream) {
  let whole = ''
  for await (const part of stream.setEncoding('utf8')) whole += part
  return whole
}
