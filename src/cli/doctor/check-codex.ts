import { cachedVersion, readVersion, versionNotice } from '../../codex/codex-version.js'
import { locateCodex } from '../../run/locate-codex.js'
import { createNotices } from '../../run/notices.js'
import { about, type Check } from './finding.js'

const SOURCES = { path: 'on PATH', env: 'CODEX_PLUS_CODEX', package: "codex-plus's own package" } as const

/** Which codex runs, whether its version was tested, and which others were passed over. */
export const codexCheck: Check = {
  topic: 'codex',
  async run({ env, cwd }) {
    const { ok, note, bad } = about('codex')
    const passedOver: string[] = []
    const codex = locateCodex(
      env,
      cwd,
      createNotices((line) => passedOver.push(line.trim().replace(/^codex-plus: /, ''))),
    )
    const version = cachedVersion(codex, env) ?? (await readVersion(codex, env))
    const found =
      version === null
        ? bad(`${codex.found} does not tell its version`)
        : ok(`${version} at ${codex.found} (${SOURCES[codex.source]})`)
    const notice = version === null ? null : versionNotice(version)
    return [found, ...passedOver.map(note), ...(notice === null ? [] : [note(notice)])]
  },
}
