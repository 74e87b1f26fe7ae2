import { protectClaude } from '../../config/claude-protection.js'
import { gitRoot } from '../../paths.js'
import { about, type Check } from './finding.js'

/** Reports whether the commands of the model can write what a project may run. */
export const protectionCheck: Check = {
  topic: 'sandbox',
  run({ invocation, env, cwd, settings }) {
    const { ok, note } = about('sandbox')
    const free = 'the commands of the model may write into .claude and .mcp.json'
    if (!settings.protectClaude) return [note(`${free}: it is switched off (protectClaude)`)]
    const { why, profile } = protectClaude({ invocation, env, cwd, gitRoot: gitRoot(cwd) })
    if (why === null)
      return [ok(`.claude and .mcp.json are read-only for the model's sandboxed commands (profile ${profile})`)]
    return [note(`codex's sandbox is left as it is: ${why}`)]
  },
}
