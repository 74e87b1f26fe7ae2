import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { outsideLinkProblem } from '../../config/outside-link.js'
import { readToml } from '../../config/toml.js'
import { codexHome, foldersUpTo, gitRoot } from '../../paths.js'
import type { Feature, Run } from '../feature.js'

const KEY = 'project_doc_fallback_filenames'
/** codex accepts only plain file names, not `.claude/CLAUDE.md` (tested on 0.169). */
const NAME = 'CLAUDE.md'

/** Makes codex read CLAUDE.md in folders without AGENTS.md (codex-0.169 section 4), unless the user's configuration sets the key. */
export function claudeMdFeature({ folder, env, invocation, notices }: Run): Feature {
  return {
    overrides() {
      const files = foldersUpTo(folder, gitRoot(folder) ?? folder).map((path) => join(path, NAME))
      if (!files.some(existsSync) || isSetByUser()) return []
      // codex reads all of them or none; it follows a link wherever it leads.
      const outside = files.map((file) => outsideLinkProblem(file, folder, env)).find((problem) => problem !== null)
      if (outside !== undefined) {
        notices.say(`${outside} No ${NAME} of this folder is read. Run \`codex-plus plus trust\` to trust it.`)
        return []
      }
      return [`${KEY}=["${NAME}"]`]
    },
  }

  function isSetByUser(): boolean {
    if (invocation.overrides.some(({ key }) => key === KEY)) return true
    const profile = invocation.profile === null ? [] : [`${invocation.profile}.config.toml`]
    return ['config.toml', ...profile].some((name) => {
      const read = readToml(join(codexHome(env), name), [KEY])
      return read !== null && 'values' in read && read.values[KEY] !== undefined
    })
  }
}
