import { readModels } from '../codex/models.js'
import { CodexPlusError } from '../errors.js'
import { type ClaudeHooks, createHookEngine } from '../hooks/engine.js'
import { expectedEvents } from '../hooks/expected.js'
import { createSideCall } from '../hooks/side-call.js'
import type { Observer } from '../proxy/exchange.js'
import type { Run } from './feature.js'

/** Makes the hook engine of a run and offers it to the other features; the observer lets its hooks ask the model. */
export function openHookEngine(run: Run): { hooks: ClaudeHooks; observer: Observer } {
  const { folder, env, settings, codex, notices, offers } = run
  let models: ReturnType<typeof readModels> | undefined
  const { sideCall, observer } = createSideCall({
    upstream: () => offers.upstream,
    async models() {
      models ??= readModels(codex, env)
      return await models
    },
  })
  const hooks = createHookEngine({
    cwd: folder,
    env,
    onError: settings.hooks.onError,
    sideCall,
    async callTool(server, tool, input, signal) {
      if (offers.callTool === undefined) throw new CodexPlusError('CP_MCP_UNKNOWN', 'MCP servers are switched off here')
      return await offers.callTool(server, tool, input, signal)
    },
    expected: () => expectedEvents(folder, env),
    onNotice: (line) => notices.say(line),
  })
  offers.hooks = hooks
  return { hooks, observer }
}
