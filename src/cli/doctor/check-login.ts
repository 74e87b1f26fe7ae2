import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { codexHome } from '../../paths.js'
import { about, type Check } from './finding.js'

/** Reports whether codex has a login; never opens its file. */
export const loginCheck: Check = {
  topic: 'login',
  run({ env }) {
    const { ok, note } = about('login')
    const home = codexHome(env)
    if (existsSync(join(home, 'auth.json'))) return [ok(`found in ${home} (not read)`)]
    const variable = ['CODEX_API_KEY', 'CODEX_ACCESS_TOKEN'].find((name) => env[name])
    if (variable) return [ok(`${variable} is set (not read); codex uses it for \`exec\``)]
    return [note(`none in ${home}; run \`codex login\`, or try \`--plus-upstream echo\`, which needs none`)]
  },
}
