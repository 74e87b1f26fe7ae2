import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readToml } from '../../config/toml.js'
import { codexHome, foldersUpTo, gitRoot } from '../../paths.js'
import { byFolder } from '../by-folder.js'
import type { Feature, Run } from '../feature.js'

const KEY = 'project_doc_fallback_filenames'
/** codex accepts only plain file names, not `.claude/CLAUDE.md` (tested on 0.169). */
const NAME = 'CLAUDE.md'

/**
 * Makes codex read CLAUDE.md in folders without AGENTS.md (codex-0.169 section 4), unless the user's configuration sets the
 * key. codex is told when it starts: for the app-server always, as its threads may be in any folder.
 */
export function claudeMdFeature(run: Run): Feature {
  const given = (run.serves || hasFile(run.folder)) && !isSetByUser(run)
  run.offers.beforeTurn.push(reportUnread(given, run))
  return { overrides: () => (given ? [`${KEY}=["${NAME}"]`] : []) }
}

/** Returns the report, once per folder, that a thread does not get the CLAUDE.md of another folder. */
function reportUnread(given: boolean, run: Run): (folder: string) => void {
  const { of } = byFolder((folder) => {
    if (given || folder === run.folder || !hasFile(folder, 'AGENTS.md') || isSetByUser(run)) return
    run.notices.tell(
      `${folder}: codex does not read the ${NAME} in this thread: it is told to when it starts, and there is none in ${run.folder}. Start codex-plus in ${folder} to have it read.`,
    )
  })
  return of
}

/** Returns whether codex would find a CLAUDE.md from a folder up to its git root; not beside a file called `before`. */
function hasFile(folder: string, before?: string): boolean {
  return foldersUpTo(folder, gitRoot(folder) ?? folder).some(
    (path) => existsSync(join(path, NAME)) && (before === undefined || !existsSync(join(path, before))),
  )
}

function isSetByUser({ env, invocation }: Run): boolean {
  if (invocation.overrides.some(({ key }) => key === KEY)) return true
  const profile = invocation.profile === null ? [] : [`${invocation.profile}.config.toml`]
  return ['config.toml', ...profile].some((name) => {
    const read = readToml(join(codexHome(env), name), [KEY])
    return read !== null && 'values' in read && read.values[KEY] !== undefined
  })
}
