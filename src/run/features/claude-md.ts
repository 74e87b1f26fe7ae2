import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { outsideLinkProblem } from '../../config/outside-link.js'
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
  const outside = linkProblem(run.folder, run.env)
  const given = (run.serves || hasFile(run.folder)) && outside === null && !isSetByUser(run)
  if (outside !== null)
    run.notices.say(`${outside} No ${NAME} of this folder is read. Run \`codex-plus plus trust\` to trust it.`)
  run.offers.beforeTurn.push(reportUnread(given, run))
  run.offers.refusals.push((folder) => {
    // codex has read it already: what is linked there must not go out.
    const problem = given && folder !== run.folder ? linkProblem(folder, run.env) : null
    return problem === null
      ? null
      : `codex-plus: nothing was sent: ${problem} Remove the link, or run \`codex-plus plus trust\` in ${folder} to trust it.`
  })
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

function candidates(folder: string): string[] {
  return foldersUpTo(folder, gitRoot(folder) ?? folder).map((path) => join(path, NAME))
}

/** codex reads all of them or none; it follows a link wherever it leads. */
function linkProblem(folder: string, env: NodeJS.ProcessEnv): string | null {
  return (
    candidates(folder)
      .filter(existsSync)
      .map((file) => outsideLinkProblem(file, folder, env))
      .find((problem) => problem !== null) ?? null
  )
}

/** Returns whether codex would find a CLAUDE.md from a folder up to its git root; not beside a file called `before`. */
function hasFile(folder: string, before?: string): boolean {
  return candidates(folder).some(
    (path) => existsSync(path) && (before === undefined || !existsSync(join(dirname(path), before))),
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
