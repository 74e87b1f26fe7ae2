import { loadPty } from '../../terminal/load-pty.js'
import { about, type Check } from './finding.js'

/** Whether the TUI gets a PTY: node-pty, and on macOS the run bit of its spawn-helper, which loading mends. */
export const terminalCheck: Check = {
  topic: 'terminal',
  async run({ env }) {
    const { ok, note, bad } = about('terminal')
    const { pty, reason } = await loadPty()
    if (!pty) return [bad(`node-pty does not load (${reason}); codex runs on the plain terminal`)]
    const helper = process.platform === 'darwin' ? ', its spawn-helper can be run' : ''
    const dumb = env.TERM === 'dumb' ? [note('TERM is dumb: codex asks before it starts its TUI')] : []
    return [ok(`node-pty loads${helper}`), ...dumb]
  },
}
