import { join } from 'node:path'
import { removeOldFiles } from '../../log/prune-old-files.js'
import { loadSecretRules } from '../../log/secret-rules.js'
import { packageVersion } from '../../package-version.js'
import { homeFolder, realPath, xdgFolder } from '../../paths.js'
import { formatMs, formatTokens } from '../../session/format-units.js'
import { createRecorder } from '../../session/recorder.js'
import { pruneHourly, sessionFolder } from '../../session/session-folder.js'
import { openStore } from '../../session/session-store.js'
import type { Feature, Run } from '../feature.js'

/** Folders of the state whose files nobody asks for later, and for how many days they are kept. */
const KEPT = [
  ['outputs', 14],
  ['session-env', 14],
  ['log', 30],
  ['pre-input', 90],
] as const

/** Records sessions and counts the totals of this run; with `sessions` off nothing is written. */
export function sessionsFeature({ settings, invocation, env, folders, log, notices, offers }: Run): Feature {
  const sessions = sessionFolder(env)
  const limits = { days: settings.sessionDays, bytes: settings.sessionMegabytes * 1e6 }
  // `--ephemeral` tells codex to store nothing; codex-plus follows it.
  const recorded = settings.sessions && !invocation.ephemeral
  const onNotice = (line: string): void => notices.say(line)
  const store = recorded ? openStore({ folder: sessions, fileLimit: limits.bytes, log, onNotice }) : null
  for (const name of ['CODEX_API_KEY', 'OPENAI_API_KEY', 'CODEX_ACCESS_TOKEN']) {
    const value = env[name] ?? ''
    if (value.length >= 12) offers.secrets.push(value)
  }
  const { secrets } = offers
  const recorder = createRecorder({
    store,
    projectOf: (thread) => realPath(folders.of(thread)),
    version: packageVersion(),
    secrets,
    log,
  })
  return {
    async open() {
      offers.session = recorder.summary
      offers.hookRan = recorder.hookRan
      offers.status.set('this run', () => {
        const { started, turns, tokens } = recorder.summary()
        const time = formatMs(Date.now() - started.getTime())
        return `${turns} ${turns === 1 ? 'turn' : 'turns'}, ${formatTokens(tokens)} tokens, ${time}`
      })
      offers.status.set('recorded in', () => recordedIn(recorder.summary().threadId, store?.file))
      if (store) {
        offers.saveSession = async (thread, name, cwd) => {
          await recorder.flush()
          const [{ exportSession }] = await Promise.all([import('../../session/export-session.js'), loadSecretRules()])
          const formats = ['md', 'json'] as const
          return exportSession({ folder: sessions, thread, name, cwd, home: homeFolder(env), formats })
        }
      }
      return { observers: [recorder.observer] }
    },
    async close() {
      await recorder.close()
      if (store) pruneHourly(sessions, limits, log)
      for (const [name, days] of KEPT) removeOldFiles(join(xdgFolder('state', env), name), days, log)
    },
  }
}

function recordedIn(threadId: string | null, file: ((threadId: string) => string) | undefined): string {
  if (file === undefined) return 'nothing (sessions are off)'
  return threadId === null ? 'nothing yet' : `\`${file(threadId)}\``
}
