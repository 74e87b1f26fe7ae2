import { loadPty } from '../../terminal/load-pty.js'
import { about, type Check } from './finding.js'

/** Reports whether the TUI gets a PTY: loads node-pty, which on macOS also sets the execute bit of its spawn-helper. */
export const terminalCheck: Check = {
  topic: 'terminal',
  async run({ env }) {
    const { ok, note, bad } = about('terminal')
    const { pty, reason } = await loadPty()
    if (!pty) return [bad(`node-pty does not load (${reason}); codex runs on the plain terminal`)]
    const helper = process.platform === 'darwin' ? ', its spawn-helper is executable' : ''
    const dumb = env.TERM === 'dumb' ? [note('TERM is dumb: codex asks before it starts its TUI')] : []
    return [ok(`node-pty loads${helper}`), ...dumb]
  },
}
