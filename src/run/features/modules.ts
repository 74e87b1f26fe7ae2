import type { CommandExtension } from '../../commands/command-extension.js'
import type { Settings } from '../../config/settings.js'
import { logFile } from '../../log/log-file.js'
import { builtInModules } from '../../modules/built-in/built-in-modules.js'
import type { LoadedModule } from '../../modules/module.js'
import { type Modules, openModules } from '../../modules/open-modules.js'
import { isLoopback } from '../../upstream/environment-proxy.js'
import { byFolder } from '../by-folder.js'
import type { Feature, Run } from '../feature.js'

/** Slash modules: they replace or extend a prompt, or answer it locally. */
export function modulesFeature(run: Run): Feature {
  const { offers, folders } = run
  const opened = byFolder((folder) => openFolder(folder, run))
  return {
    async open() {
      offers.extensions.add((folder) => extensionOf(opened.of(folder)))
      for (const [topic, text] of runTopics(run)) offers.status.set(topic, text)
      offers.status.set('modules', () => statusLine(opened.of(folders.newest()).modules()?.current() ?? []))
      return {}
    },
    async close() {
      await Promise.all(opened.opened().map(async ({ ready }) => (await ready)?.close()))
    },
  }
}

/** The modules of a folder, which are opened once its settings are read. */
interface FolderModules {
  /** Resolves to null where modules are switched off. */
  readonly ready: Promise<Modules | null>
  modules(): Modules | null
}

function openFolder(folder: string, run: Run): FolderModules {
  const { env, log, notices, offers } = run
  let modules: Modules | null = null
  const open = async (): Promise<Modules | null> => {
    const settings = await run.settingsOf(folder)
    if (!settings.modules) return null
    run.confirmedOf(folder)
    modules = openModules({
      cwd: folder,
      env,
      dialect: settings.dialect,
      timeoutMs: settings.moduleTimeoutMs,
      lists: settings.commandLists,
      log,
      snapshot: run.snapshot,
      builtIn: builtInModules({
        rows: () => offers.rows?.(folder) ?? [],
        status: () => offers.status,
        save: () => offers.saveSession,
      }),
      onProblem(line) {
        log.warn('modules.problem', { line })
        notices.say(line)
      },
      // Named with everything else that waits for trust.
      onUntrusted: (path) => log.warn('modules.untrusted', { path }),
    })
    // A slow import delays only the first slash command.
    void modules.load()
    return modules
  }
  return { ready: open(), modules: () => modules }
}

function extensionOf({ ready, modules }: FolderModules): CommandExtension {
  return {
    rows: () => modules()?.extension.rows() ?? [],
    answersLocally: (name) => modules()?.extension.answersLocally?.(name) === true,
    extend: async (prompt, expansion, options) =>
      (await (await ready)?.extension.extend(prompt, expansion, options)) ?? expansion,
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
