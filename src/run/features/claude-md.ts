import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readToml } from '../../config/toml.js'
import { codexHome, foldersUpTo, gitRoot } from '../../paths.js'
import type { Feature, Run } from '../feature.js'

const KEY = 'project_doc_fallback_filenames'
/** codex accepts only plain file names, not `.claude/CLAUDE.md` (tested on 0.169). */
const NAME = 'CLAUDE.md'

/** Makes codex read CLAUDE.md in folders without AGENTS.md (codex-0.169 section 4), unless the user's configuration sets the key. */
export function claudeMdFeature({ folder, env, invocation }: Run): Feature {
  return {
    overrides() {
      const folders = foldersUpTo(folder, gitRoot(folder) ?? folder)
      if (!folders.some((path) => existsSync(join(path, NAME))) || isSetByUser()) return []
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
