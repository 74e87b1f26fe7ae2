import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseTomlValue, readToml } from '../../config/toml.js'
import { folderTrust } from '../../config/trust.js'
import { formatError } from '../../errors.js'
import {
  BRIDGE_VARIABLE,
  type BridgeMode,
  bridgeCommand,
  bridgeProcesses,
} from '../../hooks/codex/bridge/bridge-command.js'
import type { BridgeOptions, RuleKeeper } from '../../hooks/codex/bridge/bridge-types.js'
import { DENY_EVENTS, type NativeEvent, nativeEvents } from '../../hooks/codex/bridge/codex-events.js'
import { hookOverrides } from '../../hooks/codex/bridge/hook-overrides.js'
import { quietHookShells } from '../../hooks/codex/bridge/start-files.js'
import { EMPTY_OUTCOME } from '../../hooks/codex/translate/combine-outcomes.js'
import { type FoundProxyHooks, findProxyHooks } from '../../hooks/proxy-hooks/find-proxy-hooks.js'
import { serverOfTool } from '../../mcp/server-of-tool.js'
import { gitRoot, xdgFolder } from '../../paths.js'
import type { Stage } from '../../proxy/exchange.js'
import type { Feature, FeatureParts, Run } from '../feature.js'
import { openHookEngine } from '../hook-engine.js'
import { askedMcpTools } from '../mcp-asks.js'
import { type RunRules, readRunRules } from '../session-rules.js'

/**
 * Hooks and permission rules: codex's own events through the bridge, pre_input and post_output in the proxy. Null if there
 * are none.
 */
export function hooksFeature(run: Run): Feature | null {
  const { env, folder, settings, invocation, notices } = run
  const engine = settings.hooks.enabled ? openHookEngine(run) : null
  const events = engine?.hooks.events() ?? new Set<string>()
  const rules = settings.permissions ? readRunRules(run, events.has('PermissionRequest')) : null
  const { native, matchers } = listenedEvents(events, rules)
  const trusted = (): boolean => folderTrust(folder, gitRoot(folder), env).trusted
  const proxyHooks = engine ? findProxyHooks({ folder, env, trusted }) : { files: [], broken: [], problems: [] }
  for (const line of proxyHooks.problems) notices.say(line)
  // Earlier changes of pre_input hooks apply even if the hooks are gone (design, rule 2).
  const needsLedger = engine !== null && existsSync(ledgerFolder(env))
  const proxyHookCount = proxyHooks.files.length + proxyHooks.broken.length
  if (native.length === 0 && rules === null && events.size + proxyHookCount === 0 && !needsLedger) return null

  const disabled = native.length > 0 ? disabledWarning(run) : null
  if (disabled !== null) notices.say(disabled)
  const { onError } = settings.hooks
  const command = bridgeCommand(env)
  run.offers.isHookProcess = bridgeProcesses(env)
  const mode = (event: string): BridgeMode => {
    if (event === 'PreToolUse' && rules && rules.reach.forbids !== null) return 'rules'
    return DENY_EVENTS.has(event) ? onError : 'open'
  }
  const added = hookOverrides(native, (event) => command(event, mode(event)), invocation.overrides, matchers)
  // Without hooks of its own codex would hand every question to a model.
  const asks = rules?.asksInExec === true && disabled === null
  const mcp = rules ? askedMcpTools(run, rules.settings) : null
  const closing: Array<() => Promise<void>> = []
  const guards = [...proxyHooks.files, ...proxyHooks.broken].some(({ kind }) => kind === 'pre_input')
  return {
    needed: onError === 'closed' && guards ? 'pre_input hooks' : undefined,
    overrides: () => [...added.overrides, ...(asks ? [ASKING] : []), ...(mcp?.overrides ?? [])],
    replaced: () => added.replaced,
    flags: () => rules?.directories.flatMap((path) => ['--add-dir', path]) ?? [],
    env: (proxy) =>
      native.length === 0 ? {} : { [BRIDGE_VARIABLE]: `${proxy('hooks')}/hooks`, ...quietHookShells(env) },
    async open() {
      const [observer, keeper, proxyParts] = await Promise.all([
        engine?.openModelCall(),
        rules?.open({ answersAll: asks, asksForTool: mcp?.asksForTool ?? (() => false) }),
        engine ? openProxyHookParts(run, proxyHooks, closing) : NO_PARTS,
      ])
      const bridge = await openBridge(run, engine?.hooks ?? NO_HOOKS, events, keeper, closing)
      const guardian = asks ? [(await import('../../hooks/codex/bridge/guardian-stage.js')).createGuardianStage()] : []
      const search = keeper && rules?.reach.search ? [await openSearchStage(keeper, folder)] : []
      return {
        ...bridge,
        stages: [...guardian, ...search, ...(bridge.stages ?? []), ...(proxyParts.stages ?? [])],
        reshapes: proxyParts.reshapes ?? [],
        observers: [...(observer ? [observer] : []), ...(bridge.observers ?? [])],
      }
    },
    async close() {
      for (const close of closing) await close()
      await engine?.hooks.settled()
    },
  }
}

async function openSearchStage(rules: RuleKeeper, folder: string): Promise<Stage> {
  return (await import('../../hooks/codex/bridge/web-search-stage.js')).createWebSearchStage(rules, folder)
}

/** Makes `codex exec` ask, so that a permission rule can allow (codex-0.169 section 7.1). */
const ASKING = 'approvals_reviewer="auto_review"'
const NO_PARTS: FeatureParts = {}
const NO_HOOKS = { run: async () => EMPTY_OUTCOME }

/** The events of codex that hooks and rules need; a rule alone needs them for the tools that it may cover. */
function listenedEvents(
  events: ReadonlySet<string>,
  rules: RunRules | null,
): { native: NativeEvent[]; matchers: Partial<Record<NativeEvent, string>> } {
  const ofHooks = new Set<string>(nativeEvents(events))
  const needed = new Set(events)
  const forbids = rules?.reach.forbids ?? null
  if (forbids !== null) needed.add('PreToolUse')
  // A PreToolUse hook's allow is given to codex when it asks.
  if (rules?.reach.allows || ofHooks.has('PreToolUse')) needed.add('PermissionRequest')
  const alone = forbids !== null && !ofHooks.has('PreToolUse')
  return { native: nativeEvents(needed), matchers: alone ? { PreToolUse: forbids } : {} }
}

async function openBridge(
  run: Run,
  engine: BridgeOptions['engine'],
  events: ReadonlySet<string>,
  rules: RuleKeeper | undefined,
  closing: Array<() => Promise<void>>,
): Promise<FeatureParts> {
  const { settings, interactive, folder, env, log, notices, offers } = run
  const [{ createBridge }, { createHookRoute, createHookStage }, { createRefusalWatch }] = await Promise.all([
    import('../../hooks/codex/bridge/bridge.js'),
    import('../../hooks/codex/bridge/hook-route.js'),
    import('../../hooks/codex/bridge/refusal-watch.js'),
  ])
  const options: BridgeOptions = {
    engine,
    events,
    onError: settings.hooks.onError,
    ...(rules && { rules }),
    interactive,
    stopCap: Number(env.CLAUDE_CODE_STOP_HOOK_BLOCK_CAP) || 8,
    log,
    say: (line) => notices.say(line),
    lines: () => offers.changedLines?.() ?? [],
    mcpServer: (tool) => serverOfTool(tool, { cwd: folder, env }),
    onRan({ session_id: thread, turn_id: turn }, event, outcome) {
      if (outcome.runs.length > 0)
        offers.hookRan?.({ threadId: String(thread), turnId: String(turn ?? '') }, event, outcome)
    },
  }
  const bridge = createBridge(options)
  closing.push(() => bridge.close())
  const parts: FeatureParts = {
    routes: { hooks: createHookRoute(bridge, options.say) },
    stages: [createHookStage(bridge)],
  }
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
    return `${file} sets allow_managed_hooks_only, so codex does not run the hooks of .claude, and its permission rules do not hold. Only an administrator can change that.`
  }
  const { overrides, forwarded } = invocation
  const setting = overrides.findLast(({ key }) => key === 'features.hooks')
  const hasFlag = forwarded.some(
    (arg, at) => arg === '--disable=hooks' || (arg === '--disable' && forwarded[at + 1] === 'hooks'),
  )
  const off = hasFlag || (setting !== undefined && parseTomlValue(setting.value) === false)
  return off
    ? 'codex runs no hooks, as its feature `hooks` is switched off, so those of .claude do not run either, and its permission rules do not hold. Remove `--disable hooks` or `-c features.hooks=false`.'
    : null
}

function ledgerFolder(env: NodeJS.ProcessEnv): string {
  return join(xdgFolder('state', env), 'pre-input')
}
