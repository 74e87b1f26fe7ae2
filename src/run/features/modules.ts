import type { Settings } from '../../config/settings.js'
import { logFile } from '../../log/log-file.js'
import { builtInModules } from '../../modules/built-in/built-in-modules.js'
import type { LoadedModule } from '../../modules/module.js'
import { openModules } from '../../modules/open-modules.js'
import { isLoopback } from '../../upstream/environment-proxy.js'
import type { Feature, Run } from '../feature.js'

/** Slash modules: they replace or extend a prompt, or answer it locally. */
export function modulesFeature(run: Run): Feature {
  const { settings, env, folder, snapshot, log, notices, offers } = run
  const builtIn = builtInModules({
    rows: () => offers.rows?.() ?? [],
    status: () => offers.status,
    save: () => offers.saveSession,
  })
  const modules = openModules({
    cwd: folder,
    env,
    dialect: settings.dialect,
    timeoutMs: settings.moduleTimeoutMs,
    lists: settings.commandLists,
    log,
    builtIn,
    snapshot,
    onProblem(line) {
      log.warn('modules.problem', { line })
      notices.say(line)
    },
  })
  return {
    async open() {
      offers.extensions.push(modules.extension)
      for (const [topic, text] of runTopics(run)) offers.status.set(topic, text)
      offers.status.set('modules', () => statusLine(modules.current()))
      // A slow import delays only the first slash command.
      void modules.load()
      return {}
    },
    close: () => modules.close(),
  }
}

function statusLine(modules: readonly LoadedModule[]): string {
  const own = modules.filter(({ path }) => path !== null).map(({ name }) => name)
  const builtIn = `${modules.length - own.length} built in`
  return own.length === 0 ? builtIn : `${own.join(', ')}; ${builtIn}`
}

/** Returns the `/status` topics of the run itself. */
function runTopics({ settings, base, env }: Run): Array<[string, () => string]> {
  const { log } = settings
  const upstream = base === null ? 'the server of the login' : base === 'echo' ? 'echo (nothing is sent)' : base.href
  return [
    ['upstream', () => upstream],
    ...(base === 'echo' ? [] : [['transport', () => transportOf(settings, base)] as [string, () => string]]),
    ['log', () => (log.level === 'off' ? 'off' : `${log.level}, \`${logFile(log.file, env)}\``)],
  ]
}

/** Returns the transport that `upstream/create-upstream.ts` chooses: node's own for http, and for loopback unless cycletls was forced. */
function transportOf({ transport, transportForced, profile }: Settings, base: URL | null): string {
  const isLocal = base !== null && (base.protocol === 'http:' || (isLoopback(base.hostname) && !transportForced))
  return transport === 'native' || isLocal ? "node's own" : `cycletls, profile ${profile}`
}
