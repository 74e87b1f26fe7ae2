import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readToml } from '../../config/toml.js'
import { codexHome, foldersUpTo, gitRoot } from '../../paths.js'
import type { Feature, Run } from '../feature.js'

const KEY = 'project_doc_fallback_filenames'
/** codex takes plain file names alone: `.claude/CLAUDE.md` cannot be given to it (tried on 0.169). */
const NAME = 'CLAUDE.md'

/** CLAUDE.md where a folder has no AGENTS.md (codex-0.169 section 4); what the user's own configuration says stays. */
export function claudeMdFeature({ folder, env, invocation }: Run): Feature {
  return {
    overrides() {
      const folders = foldersUpTo(folder, gitRoot(folder) ?? folder)
      if (!folders.some((path) => existsSync(join(path, NAME))) || usersOwn()) return []
      return [`${KEY}=["${NAME}"]`]
    },
  }

  function usersOwn(): boolean {
    if (invocation.overrides.some(({ key }) => key === KEY)) return true
    const profile = invocation.profile === null ? [] : [`${invocation.profile}.config.toml`]
    return ['config.toml', ...profile].some((name) => {
      const read = readToml(join(codexHome(env), name), [KEY])
      return read !== null && 'values' in read && read.values[KEY] !== undefined
    })
  }
}
