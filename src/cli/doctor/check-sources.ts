import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { folderTrust } from '../../config/trust.js'
import { claudeHome, codexHome, gitRoot, xdgFolder } from '../../paths.js'
import { about, type Check } from './finding.js'

/** Every file that is asked, which of them are there, and what of them does not count and why. */
export const sourcesCheck: Check = {
  topic: 'settings',
  run({ env, cwd, notices }) {
    const { ok, bad } = about('settings')
    const files = [
      ...new Set([
        join(cwd, '.claude', 'settings.local.json'),
        join(cwd, '.claude', 'settings.json'),
        join(claudeHome(env), 'settings.json'),
        join(xdgFolder('config', env), 'settings.json'),
        join(codexHome(env), 'config.toml'),
      ]),
    ]
    const [there, missing] = [files.filter((file) => existsSync(file)), files.filter((file) => !existsSync(file))]
    const variables = Object.keys(env).filter((name) => name.startsWith('CODEX_PLUS_'))
    return [
      ...there.map((file) => ok(`read ${file}`)),
      ...(missing.length === 0 ? [] : [ok(`not there: ${missing.join(', ')}`)]),
      ...(variables.length === 0 ? [] : [ok(`variables: ${variables.sort().join(', ')}`)]),
      ...notices.map(bad),
    ]
  },
}

/** Whether what the folder's `.claude` holds may run. */
export const trustCheck: Check = {
  topic: 'trust',
  run({ env, cwd }) {
    const { ok, note } = about('trust')
    const { trusted, by } = folderTrust(cwd, gitRoot(cwd), env)
    if (trusted) return [ok(`${cwd} is trusted, by ${by}`)]
    if (!existsSync(join(cwd, '.claude')) && !existsSync(join(cwd, '.mcp.json'))) {
      return [ok(`${cwd} is not trusted; it has nothing that would need it`)]
    }
    return [
      note(
        `${cwd} is not trusted: its hooks, shell blocks, modules and MCP servers do not run. See \`codex-plus plus trust\``,
      ),
    ]
  },
}
