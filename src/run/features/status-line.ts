import { folderTrust } from '../../config/trust.js'
import { packageVersion } from '../../package-version.js'
import { gitRoot } from '../../paths.js'
import type { Observer } from '../../proxy/exchange.js'
import { NO_TOKENS } from '../../session/session-summary.js'
import { findStatusLine, runStatusLine, statusInput } from '../../view/status-line.js'
import type { Feature, Run } from '../feature.js'

/** Minimum time between two runs of the status line command, in ms, as in Claude Code. */
const PAUSE_MS = 300

/** Shows Claude Code's status line in the terminal title, which codex then does not set; null without a TUI or a status line. */
export function statusLineFeature({ env, folder, folders, snapshot, offers, log, interactive }: Run): Feature | null {
  if (!interactive) return null
  const root = gitRoot(folder)
  const line = findStatusLine({
    cwd: folder,
    env,
    read: snapshot.read,
    trusted: folderTrust(folder, root, env).trusted,
  })
  if (line === null) return null
  const begun = Date.now()
  let show: ((text: string) => void) | undefined
  let apiMs = 0
  let timer: NodeJS.Timeout | undefined
  let abort = new AbortController()

  const update = async (): Promise<void> => {
    // A running command has older data: end it.
    abort.abort()
    abort = new AbortController()
    const cwd = folders.newest()
    const { threadId, model, tokens } = offers.session?.() ?? { threadId: null, model: null, tokens: NO_TOKENS }
    const input = statusInput({
      threadId,
      model,
      tokens,
      cwd,
      projectDir: gitRoot(cwd) ?? cwd,
      version: packageVersion(),
      totalMs: Date.now() - begun,
      apiMs,
    })
    const text = await runStatusLine(line.command, input, { cwd, env, signal: abort.signal })
    if (text === null) log.debug('status-line', { command: line.command, source: line.source })
    else show?.(text)
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void update(), PAUSE_MS)
    timer.unref()
  }
  const observer: Observer = {
    ended(_request, { ms }) {
      apiMs += Math.round(ms)
      soon()
    },
  }
  return {
    overrides: () => ['tui.terminal_title=[]'],
    async open() {
      return { observers: [observer] }
    },
    title(showTitle) {
      show = showTitle
      soon()
    },
    async close() {
      clearTimeout(timer)
      abort.abort()
    },
  }
}
