import type { CodexModel } from '../codex/model-list.js'
import { CodexPlusError } from '../errors.js'
import { expectedEvents } from '../hooks/config/command-hooks.js'
import { type ClaudeHooks, createHookEngine } from '../hooks/engine.js'
import type { SideCall } from '../hooks/run/prompt-hook.js'
import type { Observer } from '../proxy/exchange.js'
import type { Run } from './feature.js'

/** The hook engine of a run, and what it needs of the proxy once that is there. */
export interface OpenedHookEngine {
  readonly hooks: ClaudeHooks
  /** Lets hooks ask the model: the observer has to see the requests of the run. */
  openSideCall(): Promise<Observer>
}

/** Makes the hook engine of a run and offers it to the other features; it is made before codex starts, so it is light. */
export function openHookEngine(run: Run): OpenedHookEngine {
  const { folder, env, settings, offers, notices } = run
  let sideCall: SideCall | undefined
  const hooks = createHookEngine({
    cwd: folder,
    env,
    onError: settings.hooks.onError,
    sideCall: async (...call) => {
      if (sideCall === undefined) throw new CodexPlusError('CP_UPSTREAM_REQUEST', 'there is no way to the model yet')
      return await sideCall(...call)
    },
    async callTool(server, tool, input, signal) {
      if (offers.callTool === undefined) throw new CodexPlusError('CP_MCP_UNKNOWN', 'MCP servers are switched off here')
      return await offers.callTool(server, tool, input, signal)
    },
    expected: () => expectedEvents(folder, env),
    onNotice: (line) => notices.say(line),
  })
  offers.hooks = hooks
  return {
    hooks,
    async openSideCall() {
      const opened = await loadSideCall(run)
      sideCall = opened.sideCall
      return opened.observer
    },
  }
}

async function loadSideCall({ codex, env, offers }: Run): Promise<{ sideCall: SideCall; observer: Observer }> {
  const [{ createSideCall }, { readModels }] = await Promise.all([
    import('../hooks/run/model-call.js'),
    import('../codex/model-list.js'),
  ])
  let models: Promise<readonly CodexModel[]> | undefined
  return createSideCall({
    upstream: () => offers.upstream,
    async models() {
      models ??= readModels(codex, env)
      return await models
    },
  })
}
