import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { folderTrust } from '../../config/trust.js'
import { claudeHome, codexHome, gitRoot, xdgFolder } from '../../paths.js'
import { about, type Check } from './finding.js'

/** Reports every settings file, whether it exists, and which keys in it are ignored and why. */
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
    const [present, missing] = [files.filter((file) => existsSync(file)), files.filter((file) => !existsSync(file))]
    const variables = Object.keys(env).filter((name) => name.startsWith('CODEX_PLUS_'))
    return [
      ...present.map((file) => ok(`read ${file}`)),
      ...(missing.length === 0 ? [] : [ok(`not found: ${missing.join(', ')}`)]),
      ...(variables.length === 0 ? [] : [ok(`variables: ${variables.sort().join(', ')}`)]),
      ...notices.map(bad),
    ]
  },
}

/** Reports whether the folder is trusted: whether its hooks, shell blocks, modules and MCP servers may run. */
export const trustCheck: Check = {
  topic: 'trust',
  run({ env, cwd }) {
    const { ok, note } = about('trust')
    const { trusted, by } = folderTrust(cwd, gitRoot(cwd), env)
    if (trusted) return [ok(`${cwd} is trusted, by ${by}`)]
    if (!existsSync(join(cwd, '.claude')) && !existsSync(join(cwd, '.mcp.json'))) {
      return [ok(`${cwd} is not trusted; it has no .claude folder or .mcp.json that would need it`)]
    }
    return [
      note(
        `${cwd} is not trusted: its hooks, shell blocks, modules and MCP servers do not run. To trust it, run \`codex-plus plus trust\``,
      ),
    ]
  },
}
