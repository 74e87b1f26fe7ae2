import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseTomlValue, readToml } from '../../config/toml.js'
import { folderTrust } from '../../config/trust.js'
import { formatError } from '../../errors.js'
import { BRIDGE_VARIABLE, bridgeCommand, bridgeProcesses } from '../../hooks/codex/bridge/bridge-command.js'
import type { BridgeOptions } from '../../hooks/codex/bridge/bridge-types.js'
import { DENY_EVENTS, nativeEvents } from '../../hooks/codex/bridge/codex-events.js'
import { hookOverrides } from '../../hooks/codex/bridge/hook-overrides.js'
import type { ClaudeHooks } from '../../hooks/engine.js'
import { type FoundProxyHooks, findProxyHooks } from '../../hooks/proxy-hooks/find-proxy-hooks.js'
import { gitRoot, xdgFolder } from '../../paths.js'
import type { Feature, FeatureParts, Run } from '../feature.js'
import { openHookEngine } from '../hook-engine.js'

/** Hooks: codex's own events through the bridge, pre_input and post_output in the proxy. Null if there are none. */
export function hooksFeature(run: Run): Feature | null {
  const { env, folder, settings, invocation, notices } = run
  const engine = openHookEngine(run)
  const events = engine.hooks.events()
  const native = nativeEvents(events)
  const trusted = (): boolean => folderTrust(folder, gitRoot(folder), env).trusted
  const proxyHooks = findProxyHooks({ folder, env, trusted })
  for (const line of proxyHooks.problems) notices.say(line)
  // Earlier changes of pre_input hooks apply even if the hooks are gone (design, rule 2).
  if (events.size === 0 && proxyHooks.files.length + proxyHooks.broken.length === 0 && !existsSync(ledgerFolder(env)))
    return null

  const disabled = native.length > 0 ? disabledWarning(run) : null
  if (disabled !== null) notices.say(disabled)
  const { onError } = settings.hooks
  const command = bridgeCommand(env)
  run.offers.isHookProcess = bridgeProcesses(env)
  const mode = (event: string): 'open' | 'closed' => (DENY_EVENTS.has(event) ? onError : 'open')
  const added = hookOverrides(native, (event) => command(event, mode(event)), invocation.overrides)
  const closing: Array<() => Promise<void>> = []
  const guards = [...proxyHooks.files, ...proxyHooks.broken].some(({ kind }) => kind === 'pre_input')
  return {
    needed: onError === 'closed' && guards ? 'pre_input hooks' : undefined,
    overrides: () => added.overrides,
    replaced: () => added.replaced,
    env: (proxy) => (native.length === 0 ? {} : { [BRIDGE_VARIABLE]: `${proxy('hooks')}/hooks` }),
    async open() {
      const [observer, bridge, proxyParts] = await Promise.all([
        engine.openModelCall(),
        openBridge(run, engine.hooks, events, closing),
        openProxyHookParts(run, proxyHooks, closing),
      ])
      const stages = [...(bridge.stages ?? []), ...(proxyParts.stages ?? [])]
      const reshapes = [...(bridge.reshapes ?? []), ...(proxyParts.reshapes ?? [])]
      return { ...bridge, ...proxyParts, stages, reshapes, observers: [observer, ...(bridge.observers ?? [])] }
    },
    async close() {
      for (const close of closing) await close()
      await engine.hooks.settled()
    },
  }
}

async function openBridge(
  run: Run,
  engine: ClaudeHooks,
  events: ReadonlySet<string>,
  closing: Array<() => Promise<void>>,
): Promise<FeatureParts> {
  const { settings, interactive, env, log, notices, offers } = run
  const [{ createBridge }, { createHookRoute, createHookStage }, { createRefusalWatch }] = await Promise.all([
    import('../../hooks/codex/bridge/bridge.js'),
    import('../../hooks/codex/bridge/hook-route.js'),
    import('../../hooks/codex/bridge/refusal-watch.js'),
  ])
  const options: BridgeOptions = {
    engine,
    events,
    onError: settings.hooks.onError,
    interactive,
    stopCap: Number(env.CLAUDE_CODE_STOP_HOOK_BLOCK_CAP) || 8,
    log,
    say: (line) => notices.say(line),
    lines: () => offers.changedLines?.() ?? [],
    onRan({ session_id: thread, turn_id: turn }, event, outcome) {
      if (outcome.runs.length > 0)
        offers.hookRan?.({ threadId: String(thread), turnId: String(turn ?? '') }, event, outcome)
    },
  }
  const bridge = createBridge(options)
  closing.push(() => bridge.close())
  const parts: FeatureParts = { routes: { hooks: createHookRoute(bridge) }, stages: [createHookStage(bridge)] }
  if (!events.has('StopFailure')) return parts
  return { ...parts, observers: [createRefusalWatch((turn, refusal) => bridge.turnRefused(turn, refusal))] }
}

async function openProxyHookParts(
  { folder, env, settings, snapshot, log, notices }: Run,
  { files, broken }: FoundProxyHooks,
  closing: Array<() => Promise<void>>,
): Promise<FeatureParts> {
  const say = (line: string): void => notices.say(line)
  const [{ openProxyHooks }, { createPreInputStage, isWholeEntry }, { createPostOutput }, { openLedger }] =
    await Promise.all([
      import('../../hooks/proxy-hooks/open-proxy-hooks.js'),
      import('../../hooks/request/pre-input.js'),
      import('../../hooks/response/post-output.js'),
      import('../../prompt/ledger.js'),
    ])
  const hooks = await openProxyHooks({
    files,
    broken,
    folder,
    env,
    pathOf: (file) => snapshot.pathOf(file),
    budgetMs: settings.hooks.timeoutMs,
    log,
    say,
  })
  closing.push(() => hooks.close())
  const ledger = openLedger(
    ledgerFolder(env),
    log,
    (path, error) =>
      say(
        `${path} cannot be written (${formatError(error)}): a resumed thread sends prompts as typed, without the changes of pre_input hooks. Make the folder writable.`,
      ),
    isWholeEntry,
  )
  const stage = createPreInputStage({
    hooks: hooks.preInput,
    broken: hooks.brokenPreInput,
    ledger,
    onError: settings.hooks.onError,
    log,
    say,
  })
  return {
    stages: [stage],
    reshapes: hooks.postOutput.length === 0 ? [] : [createPostOutput({ hooks: hooks.postOutput, log, say })],
  }
}

/** Returns a warning if codex does not run the hooks that codex-plus adds, as codex does not report it; null otherwise. */
function disabledWarning({ invocation }: Run): string | null {
  const file = '/etc/codex/requirements.toml'
  const read = readToml(file, ['allow_managed_hooks_only'])
  if (read && 'values' in read && read.values.allow_managed_hooks_only === true) {
    return `${file} sets allow_managed_hooks_only, so codex does not run the hooks of .claude. Only an administrator can change that.`
  }
  const { overrides, forwarded } = invocation
  const setting = overrides.findLast(({ key }) => key === 'features.hooks')
  const hasFlag = forwarded.some(
    (arg, at) => arg === '--disable=hooks' || (arg === '--disable' && forwarded[at + 1] === 'hooks'),
  )
  const off = hasFlag || (setting !== undefined && parseTomlValue(setting.value) === false)
  return off
    ? 'codex runs no hooks, as its feature `hooks` is switched off, so those of .claude do not run either. Remove `--disable hooks` or `-c features.hooks=false`.'
    : null
}

function ledgerFolder(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'pre-input')
}
