import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseTomlValue, readToml } from '../../config/toml.js'
import { formatError } from '../../errors.js'
import {
  BRIDGE_VARIABLE,
  type BridgeMode,
  bridgeCommand,
  bridgeProcesses,
} from '../../hooks/codex/bridge/bridge-command.js'
import type { BridgeOptions, RuleKeeper } from '../../hooks/codex/bridge/bridge-types.js'
import { DENY_EVENTS, type NativeEvent } from '../../hooks/codex/bridge/codex-events.js'
import { eventFolder } from '../../hooks/codex/bridge/event-folder.js'
import { hookOverrides } from '../../hooks/codex/bridge/hook-overrides.js'
import { quietHookShells } from '../../hooks/codex/bridge/start-files.js'
import { EMPTY_OUTCOME } from '../../hooks/codex/translate/combine-outcomes.js'
import { serverOfTool } from '../../mcp/server-of-tool.js'
import { xdgFolder } from '../../paths.js'
import type { Turn } from '../../prompt/turn.js'
import type { Stage } from '../../proxy/exchange.js'
import type { JsonObject } from '../../request/request-body.js'
import { type ByFolder, byFolder } from '../by-folder.js'
import type { Feature, FeatureParts, Run } from '../feature.js'
import { type HookEngines, openHookEngines } from '../hook-engine.js'
import { whatToAsk } from '../hook-events.js'
import { askedMcpTools } from '../mcp-asks.js'
import { type FolderProxyHooks, openFolderProxyHooks } from '../proxy-hooks.js'
import { openRunRules, type RunRules, saysAnything } from '../run-rules.js'
import { refuseUnguarded } from '../unguarded.js'

/**
 * Hooks and permission rules: codex's own events through the bridge, pre_input and post_output in the proxy. Null if there
 * are none and no thread can get to another folder.
 */
export function hooksFeature(run: Run): Feature | null {
  const { env, folder, settings, invocation, notices } = run
  const engines = settings.hooks.enabled ? openHookEngines(run) : null
  const rules = settings.permissions ? openRunRules(run) : null
  const ofStart = rules?.of(folder) ?? null
  const asked = whatToAsk(run, engines?.of(folder) ?? null, rules)
  const proxyHooks = byFolder((of) => openFolderProxyHooks(of, run))
  const startHooks = engines === null ? [] : proxyHooks.of(folder).files
  // Earlier changes of pre_input hooks apply even if the hooks are gone (design, rule 2).
  const needsLedger = engines !== null && existsSync(ledgerFolder(env))
  const hasNone = asked.events.length === 0 && startHooks.length === 0 && !(ofStart && saysAnything(ofStart))
  if (staysThere(run) && hasNone && !needsLedger) return null

  const disabled = disabledWarning(run)
  const losesSomething = engines?.of(folder).needed().size || ofStart?.reach.forbids.length || ofStart?.reach.allows
  if (disabled !== null && losesSomething) notices.say(disabled)
  refuseUnguarded(run, { engines, rules, asked, disabled })
  const { onError } = settings.hooks
  const command = bridgeCommand(env)
  run.offers.isHookProcess = bridgeProcesses(env)
  const mode = (event: string): BridgeMode => {
    if (event === 'PreToolUse' && asked.rulesForbid) return 'rules'
    return DENY_EVENTS.has(event) ? onError : 'open'
  }
  const added = hookOverrides(
    asked.events,
    (event) => command(event, mode(event)),
    invocation.overrides,
    asked.matchers,
  )
  // Without hooks of its own codex would hand every question to a model.
  const asks = rules?.asksInExec === true && disabled === null
  const mcp = ofStart ? askedMcpTools(run, ofStart.settings) : null
  const closing: Array<() => Promise<void>> = []
  const guards = startHooks.some(({ kind }) => kind === 'pre_input')
  return {
    needed: onError === 'closed' && guards ? 'pre_input hooks' : undefined,
    overrides: () => [...added.overrides, ...(asks ? [ASKING] : []), ...(mcp?.overrides ?? [])],
    replaced: () => added.replaced,
    flags: () => ofStart?.directories.flatMap((path) => ['--add-dir', path]) ?? [],
    env: (proxy) =>
      asked.events.length === 0 ? {} : { [BRIDGE_VARIABLE]: `${proxy('hooks')}/hooks`, ...quietHookShells(env) },
    async open() {
      const [observer, keeper, proxyParts] = await Promise.all([
        engines?.openModelCall(),
        rules?.open({ answersAll: asks, asksForTool: mcp?.asksForTool ?? (() => false) }),
        engines ? openProxyHookParts(run, proxyHooks) : NO_PARTS,
      ])
      const bridge = await openBridge(run, engines, keeper, closing)
      const guardian = asks ? [(await import('../../hooks/codex/bridge/guardian-stage.js')).createGuardianStage()] : []
      const search = keeper && rules ? [await openSearchStage(keeper, rules, run)] : []
      return {
        ...bridge,
        stages: [...guardian, ...search, ...(bridge.stages ?? []), ...(proxyParts.stages ?? [])],
        reshapes: proxyParts.reshapes ?? [],
        observers: [...(observer ? [observer] : []), ...(bridge.observers ?? [])],
      }
    },
    async close() {
      for (const close of closing) await close()
      await Promise.all(proxyHooks.opened().map((hooks) => hooks.close()))
      await engines?.settled()
    },
  }
}

async function openSearchStage(keeper: RuleKeeper, rules: RunRules, { folders }: Run): Promise<Stage> {
  const { createWebSearchStage } = await import('../../hooks/codex/bridge/web-search-stage.js')
  return createWebSearchStage(keeper, folders, (folder) => rules.of(folder).reach.search)
}

/** Makes `codex exec` ask, so that a permission rule can allow (codex-0.169 section 7.1). */
const ASKING = 'approvals_reviewer="auto_review"'
const NO_PARTS: FeatureParts = {}
const NO_HOOKS: ReturnType<BridgeOptions['engineOf']> = { run: async () => EMPTY_OUTCOME, events: () => new Set() }

/** Whether all threads of the run work in the folder that codex starts in, as far as can be known before. */
function staysThere({ interactive, serves, invocation }: Run): boolean {
  const { subcommand, worktree } = invocation
  return !interactive && !serves && !worktree && !subcommand.includes('resume') && !subcommand.includes('fork')
}

async function openBridge(
  run: Run,
  engines: HookEngines | null,
  rules: RuleKeeper | undefined,
  closing: Array<() => Promise<void>>,
): Promise<FeatureParts> {
  const { settings, interactive, folder, folders, env, log, notices, offers } = run
  const [{ createBridge }, { createHookRoute, createHookStage }, { createRefusalWatch }] = await Promise.all([
    import('../../hooks/codex/bridge/bridge.js'),
    import('../../hooks/codex/bridge/hook-route.js'),
    import('../../hooks/codex/bridge/refusal-watch.js'),
  ])
  const options: BridgeOptions = {
    engineOf: (payload) => engines?.of(eventFolder(payload, folders)) ?? NO_HOOKS,
    onError: settings.hooks.onError,
    ...(rules && { rules }),
    interactive,
    stopCap: Number(env.CLAUDE_CODE_STOP_HOOK_BLOCK_CAP) || 8,
    log,
    say: (line) => notices.say(line),
    lines: async (event, payload) => await linesFor(event, payload, run),
    onHeldBack() {
      offers.heldBack = true
    },
    // codex has the servers of the folder it started in.
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
  if (engines === null) return parts
  const watch = createRefusalWatch((turn, refusal) => {
    const hooks = engines.of(folders.of(turn.threadId, turn.ancestors))
    if (hooks.events().has('StopFailure')) bridge.turnRefused(turn, refusal)
  })
  return { ...parts, observers: [watch] }
}

/** Returns what the user has to be told: only a hook's answer can show it while the TUI runs. */
async function linesFor(event: NativeEvent, payload: JsonObject, run: Run): Promise<readonly string[]> {
  const { offers, folders, notices } = run
  const folder = eventFolder(payload, folders)
  for (const act of offers.beforeTurn) act(folder)
  const isPrompt = event === 'UserPromptSubmit'
  const hint = isPrompt ? ((await offers.hintFor?.(folder, String(payload.prompt ?? ''))) ?? null) : null
  return [...(offers.changedLines?.() ?? []), ...notices.take(), ...(hint === null ? [] : [hint])]
}

async function openProxyHookParts(run: Run, opened: ByFolder<FolderProxyHooks>): Promise<FeatureParts> {
  const { env, settings, log, notices, folder, folders } = run
  const say = (line: string): void => notices.say(line)
  const [{ createPreInputStage, isWholeEntry }, { createPostOutput }, { openLedger }] = await Promise.all([
    import('../../hooks/request/pre-input-stage.js'),
    import('../../hooks/response/post-output-stage.js'),
    import('../../prompt/ledger.js'),
  ])
  // Loaded while codex starts.
  const start = opened.of(folder).current()
  const hooksOf = (turn: Turn | null): FolderProxyHooks =>
    opened.of(turn === null || turn.forTitle ? folders.newest() : folders.of(turn.threadId, turn.ancestors))
  const ledger = openLedger(
    ledgerFolder(env),
    log,
    (path, error) =>
      say(
        `${path} cannot be written (${formatError(error)}): a resumed thread sends prompts as typed, without the changes of pre_input hooks. Make the folder writable.`,
      ),
    isWholeEntry,
  )
  await start
  return {
    stages: [
      createPreInputStage({
        async hooksOf(turn) {
          const { preInput, brokenPreInput } = await hooksOf(turn).current()
          return { hooks: preInput, broken: brokenPreInput }
        },
        ledger,
        onError: settings.hooks.onError,
        log,
        say,
      }),
    ],
    reshapes: [createPostOutput({ hooksOf: (turn) => hooksOf(turn).latest().postOutput, log, say })],
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
