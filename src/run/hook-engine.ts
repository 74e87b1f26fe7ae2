import type { CodexModel } from '../codex/model-list.js'
import { limitProblems } from '../config/limit-problems.js'
import { CodexPlusError } from '../errors.js'
import { commandHookEvents } from '../hooks/config/command-hooks.js'
import { createSessionHooks } from '../hooks/config/session-hooks.js'
import { type ClaudeHooks, createHookEngine } from '../hooks/engine.js'
import type { ModelCall } from '../hooks/run/prompt-hook.js'
import type { Observer } from '../proxy/exchange.js'
import { byFolder } from './by-folder.js'
import type { Run } from './feature.js'

/** The hook engines of a run, one per folder, and their connection to the proxy. */
export interface HookEngines {
  of(folder: string): ClaudeHooks
  /** Enables hooks to ask a model; the returned observer must see the requests of the run. */
  openModelCall(): Promise<Observer>
  /** Waits for the async hooks of all folders, then ends those that are left. */
  settled(): Promise<void>
}

/** Creates the hook engines of a run and provides them to the other features. It runs before codex starts, so it loads little. */
export function openHookEngines(run: Run): HookEngines {
  const { env, settings, snapshot, offers, notices } = run
  let modelCall: ModelCall | undefined
  const onNotice = (line: string): void => notices.say(line)
  // A thread may change its folder: what belongs to its session goes with it.
  const onProblems = (lines: readonly string[]): void => limitProblems(lines).forEach(notices.say)
  const sessions = createSessionHooks({ onNotice, onProblems })
  const engines = byFolder((folder) => {
    run.confirmedOf(folder)
    return createHookEngine({
      cwd: folder,
      env,
      onError: settings.hooks.onError,
      sessions,
      snapshot,
      modelCall: async (...call) => {
        if (modelCall === undefined)
          throw new CodexPlusError('CP_UPSTREAM_REQUEST', 'the proxy is not open yet, so no model can be asked')
        return await modelCall(...call)
      },
      async callTool(server, tool, input, signal) {
        if (offers.callTool === undefined)
          throw new CodexPlusError('CP_MCP_UNKNOWN', 'MCP servers are off in this run, or there are none')
        return await offers.callTool(server, tool, input, signal)
      },
      commandEvents: () => commandHookEvents(folder, env),
      onNotice,
      onProblems,
    })
  })
  offers.hooksOf = engines.of
  return {
    of: engines.of,
    async openModelCall() {
      const opened = await loadModelCall(run)
      modelCall = opened.modelCall
      return opened.observer
    },
    settled: () => engines.of(run.folder).settled(),
  }
}

async function loadModelCall({ codex, env, offers }: Run): Promise<{ modelCall: ModelCall; observer: Observer }> {
  const [{ createModelCall }, { readModels }] = await Promise.all([
    import('../hooks/run/model-call.js'),
    import('../codex/model-list.js'),
  ])
  let models: Promise<readonly CodexModel[]> | undefined
  return createModelCall({
    upstream: () => offers.upstream,
    async models() {
      models ??= readModels(codex, env)
      return await models
    },
  })
}
