import type { Settings } from '../config/settings.js'
import { silentLog } from '../log/log.js'
import { builtInModules } from '../modules/built-in/built-in-modules.js'
import { type Modules, openModules } from '../modules/open-modules.js'
import type { SubcommandContext } from './subcommand.js'

/** Opens the modules of a working directory for a subcommand. No codex runs, so they get no facts about a run. */
export function openModulesOf(
  settings: Settings,
  { env, cwd }: SubcommandContext,
  options: {
    assumeTrust?: boolean
    rows?: () => ReturnType<Modules['extension']['rows']>
    onProblem(line: string): void
  },
): Modules {
  const facts = { rows: () => options.rows?.() ?? [], status: () => new Map(), save: () => undefined }
  return openModules({
    cwd,
    env,
    dialect: settings.dialect,
    timeoutMs: settings.moduleTimeoutMs,
    lists: settings.commandLists,
    log: silentLog,
    builtIn: builtInModules(facts),
    assumeTrust: options.assumeTrust ?? false,
    onProblem: options.onProblem,
  })
}
