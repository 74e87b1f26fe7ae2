import type { CodexModel } from '../codex/model-list.js'
import { limitProblems } from '../config/limit-problems.js'
import { CodexPlusError } from '../errors.js'
import { commandHookEvents } from '../hooks/config/command-hooks.js'
import { type ClaudeHooks, createHookEngine } from '../hooks/engine.js'
import type { ModelCall } from '../hooks/run/prompt-hook.js'
import type { Observer } from '../proxy/exchange.js'
import type { Run } from './feature.js'

/** The hook engine of a run, and its connection to the proxy. */
export interface OpenedHookEngine {
  readonly hooks: ClaudeHooks
  /** Enables hooks to ask a model; the returned observer must see the requests of the run. */
  openModelCall(): Promise<Observer>
}

/** Creates the hook engine of a run and provides it to the other features. It runs before codex starts, so it loads little. */
export function openHookEngine(run: Run): OpenedHookEngine {
  const { folder, env, settings, snapshot, offers, notices } = run
  let modelCall: ModelCall | undefined
  const hooks = createHookEngine({
    cwd: folder,
    env,
    onError: settings.hooks.onError,
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
    onNotice: (line) => notices.say(line),
    onProblems: (lines) => limitProblems(lines).forEach(notices.say),
  })
  offers.hooks = hooks
  return {
    hooks,
    async openModelCall() {
      const opened = await loadModelCall(run)
      modelCall = opened.modelCall
      return opened.observer
    },
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
