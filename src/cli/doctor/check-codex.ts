import { COMPARED_CLAUDE_CODE, cachedVersion, readVersion, TESTED, versionNotice } from '../../codex/codex-version.js'
import { createNotices } from '../../run/notices.js'
import { locateCodex } from '../../run/require-codex.js'
import { about, type Check } from './finding.js'

const SOURCES = { path: 'on PATH', env: 'CODEX_PLUS_CODEX', package: "codex-plus's own package" } as const

/** Reports which codex runs, whether its version was tested, and which others were ignored. */
export const codexCheck: Check = {
  topic: 'codex',
  async run({ env, cwd }) {
    const { ok, note, bad } = about('codex')
    const ignored: string[] = []
    const codex = locateCodex(
      env,
      cwd,
      createNotices((line) => ignored.push(line.trim().replace(/^codex-plus: /, ''))),
    )
    const version = cachedVersion(codex, env) ?? (await readVersion(codex, env))
    const found =
      version === null
        ? bad(`${codex.found} does not report its version`)
        : ok(`${version} at ${codex.found} (${SOURCES[codex.source]})`)
    const notice = version === null ? null : versionNotice(version)
    const compared = ok(`tested with codex ${TESTED.join(', ')}, compared with Claude Code ${COMPARED_CLAUDE_CODE}`)
    return [found, compared, ...ignored.map(note), ...(notice === null ? [] : [note(notice)])]
  },
}
