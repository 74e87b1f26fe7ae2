import type { Settings } from '../../config/settings.js'
import { logFile } from '../../log/log-file.js'
import { builtInModules } from '../../modules/built-in/built-in-modules.js'
import type { LoadedModule } from '../../modules/module.js'
import { openModules } from '../../modules/open-modules.js'
import { isLoopback } from '../../upstream/environment-proxy.js'
import type { Feature, Run } from '../feature.js'

/** Slash modules: they replace or go on from a prompt, or answer it here. */
export function modulesFeature(run: Run): Feature {
  const { settings, env, folder, log, notices, offers } = run
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
    onProblem(line) {
      log.warn('modules.problem', { line })
      notices.say(line)
    },
  })
  return {
    async open() {
      offers.extensions.push(modules.extension)
      for (const [topic, say] of runTopics(run)) offers.status.set(topic, say)
      offers.status.set('modules', () => statusLine(modules.current()))
      // A slow import delays the first slash command, and nothing else.
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

/** What the run itself has to say. */
function runTopics({ settings, base, env }: Run): Array<[string, () => string]> {
  const { log } = settings
  const way = base === null ? 'the server of the login' : base === 'echo' ? 'echo (nothing is sent)' : base.href
  return [
    ['upstream', () => way],
    ...(base === 'echo' ? [] : [['transport', () => transportOf(settings, base)] as [string, () => string]]),
    ['log', () => (log.level === 'off' ? 'off' : `${log.level}, \`${logFile(log.file, env)}\``)],
  ]
}

/** As `upstream/select.ts` chooses: http and this machine are reached by node, unless cycletls was asked for by name. */
function transportOf({ transport, transportForced, profile }: Settings, base: URL | null): string {
  const near = base !== null && (base.protocol === 'http:' || (isLoopback(base.hostname) && !transportForced))
  return transport === 'native' || near ? "node's own" : `cycletls, profile ${profile}`
}
