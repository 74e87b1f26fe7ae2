import { loadPty } from '../../terminal/load-pty.js'
import { about, type Check } from './finding.js'

/** Checks that the TUI gets a PTY: one of the PTY packages has to load. */
export const terminalCheck: Check = {
  topic: 'terminal',
  async run({ env }) {
    const { ok, note, bad } = about('terminal')
    const loaded = await loadPty()
    if (loaded.pty === null) {
      return [bad(`no PTY package loads (${loaded.reason}): commands typed in the TUI are off. ${remedy(env)}`)]
    }
    const dumb = env.TERM === 'dumb' ? [note('TERM is dumb: codex asks before it starts its TUI')] : []
    return [ok(`${loaded.name} loads`), ...dumb]
  },
}

/** The binary package needs no compiler and no install script, so it is the fix for every npm. */
function remedy(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return 'Use WSL.'
  const omitted = /\boptional\b/.test(env.npm_config_omit ?? '')
    ? ' npm is set to omit optional packages (npm_config_omit).'
    : ''
  return `Install codex-plus again with its optional packages: \`npm install -g codex-plus --include=optional\`.${omitted}`
}
