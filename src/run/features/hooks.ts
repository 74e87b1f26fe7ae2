import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseTomlValue, readToml } from '../../config/toml.js'
import { formatError } from '../../errors.js'
import { BRIDGE_VARIABLE, bridgeCommand } from '../../hooks/codex/bridge/bridge-command.js'
import type { BridgeOptions } from '../../hooks/codex/bridge/bridge-types.js'
import { DENY_EVENTS, type NativeEvent } from '../../hooks/codex/bridge/codex-events.js'
import { eventFolder } from '../../hooks/codex/bridge/event-folder.js'
import { hookOverrides } from '../../hooks/codex/bridge/hook-overrides.js'
import { quietHookShells } from '../../hooks/codex/bridge/start-files.js'
import { xdgFolder } from '../../paths.js'
import type { Turn } from '../../prompt/turn.js'
import type { JsonObject } from '../../request/request-body.js'
import { type ByFolder, byFolder } from '../by-folder.js'
import type { Feature, FeatureParts, Run } from '../feature.js'
import { type HookEngines, openHookEngines } from '../hook-engine.js'
import { eventsToAsk, type Unasked, unaskedHooks, unaskedOfCommand } from '../hook-events.js'
import { type FolderProxyHooks, openFolderProxyHooks } from '../proxy-hooks.js'

/**
 * Hooks: codex's own events through the bridge, pre_input and post_output in the proxy. Null if there are none and no
 * thread can get to another folder.
 */
export function hooksFeature(run: Run): Feature | null {
  const { env, folder, settings, invocation, notices } = run
  const engines = openHookEngines(run)
  const proxyHooks = byFolder((of) => openFolderProxyHooks(of, run))
  const asked = eventsToAsk(run, engines.of(folder))
  const staysHere = !run.interactive && !run.serves && !invocation.worktree
  // Earlier changes of pre_input hooks apply even if the hooks are gone (design, rule 2).
  const hasNone = asked.length === 0 && proxyHooks.of(folder).files.length === 0 && !existsSync(ledgerFolder(env))
  if (staysHere && hasNone) return null
  const disabled = disabledWarning(run)
  if (disabled !== null && engines.of(folder).needed().size > 0) notices.say(disabled)
  refuseUnguarded(engines, asked, disabled, run)
  const { onError } = settings.hooks
  const command = bridgeCommand(env)
  const mode = (event: string): 'open' | 'closed' => (DENY_EVENTS.has(event) ? onError : 'open')
  const added = hookOverrides(asked, (event) => command(event, mode(event)), invocation.overrides)
  const closing: Array<() => Promise<void>> = []
  return {
    overrides: () => added.overrides,
    replaced: () => added.replaced,
    env: (proxy) =>
      asked.length === 0 ? {} : { [BRIDGE_VARIABLE]: `${proxy('hooks')}/hooks`, ...quietHookShells(env) },
    async open() {
      const [observer, bridge, proxyParts] = await Promise.all([
        engines.openModelCall(),
        openBridge(run, engines, closing),
        openProxyHookParts(run, proxyHooks),
      ])
      const stages = [...(bridge.stages ?? []), ...(proxyParts.stages ?? [])]
      const reshapes = [...(bridge.reshapes ?? []), ...(proxyParts.reshapes ?? [])]
      return { ...bridge, ...proxyParts, stages, reshapes, observers: [observer, ...(bridge.observers ?? [])] }
    },
    async close() {
      for (const close of closing) await close()
      await Promise.all(proxyHooks.opened().map((hooks) => hooks.close()))
      await engines.settled()
    },
  }
}

/**
 * Refuses what must not go on in a folder: a thread, or a command, whose hooks may deny something and are not asked. Hooks
 * that deny nothing are named in one message. A thread in the folder that codex started in needs no check: codex asks about
 * the events of that folder.
 */
function refuseUnguarded(engines: HookEngines, asked: readonly NativeEvent[], disabled: string | null, run: Run): void {
  const { folder: start, notices, offers } = run
  const check = (unasked: Unasked | null, remedy: string): string | null => {
    if (unasked === null) return null
    const what = `the hooks of ${unasked.files.join(', ')} (${unasked.events.join(', ')}) cannot run in this session: codex got its hook events when it started, in ${start}.`
    if (unasked.guards) return `codex-plus: nothing was sent, as ${what} ${remedy}`
    notices.tell(`${what} ${remedy}`)
    return null
  }
  offers.refusal = (folder, threadId) => {
    if (folder === start) return null
    if (disabled === null) {
      const remedy = `Leave codex and run \`codex-plus -C ${shellWord(folder)} resume ${threadId}\`.`
      return check(unaskedHooks(engines.of(folder), asked), remedy)
    }
    if (engines.of(folder).registered().hooks.length > 0) notices.tell(disabled)
    return null
  }
  offers.refusalOf = (command, folder) => {
    // The hooks of a project that is not trusted do not run, which is said where the command is invoked.
    const runs = command.source !== 'project' || engines.of(folder).registered().trusted
    if (disabled !== null || !runs) return null
    return check(unaskedOfCommand(command, asked), `Start codex-plus again, in ${folder}.`)
  }
}

/** Writes a path as a shell takes it. */
function shellWord(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

async function openBridge(run: Run, engines: HookEngines, closing: Array<() => Promise<void>>): Promise<FeatureParts> {
  const { settings, interactive, env, log, notices, offers, folders } = run
  const [{ createBridge }, { createHookRoute, createHookStage }, { createRefusalWatch }] = await Promise.all([
    import('../../hooks/codex/bridge/bridge.js'),
    import('../../hooks/codex/bridge/hook-route.js'),
    import('../../hooks/codex/bridge/refusal-watch.js'),
  ])
  const options: BridgeOptions = {
    engineOf: (payload) => engines.of(eventFolder(payload, folders)),
    onError: settings.hooks.onError,
    interactive,
    stopCap: Number(env.CLAUDE_CODE_STOP_HOOK_BLOCK_CAP) || 8,
    log,
    say: (line) => notices.say(line),
    lines: async (event, payload) => await linesFor(event, payload, run),
    onHeldBack() {
      offers.heldBack = true
    },
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
  const [{ createPreInputStage }, { createPostOutput }, { openLedger }] = await Promise.all([
    import('../../hooks/request/pre-input.js'),
    import('../../hooks/response/post-output.js'),
    import('../../prompt/ledger.js'),
  ])
  // Loaded while codex starts.
  const start = opened.of(folder).current()
  const hooksOf = (turn: Turn): FolderProxyHooks =>
    opened.of(turn.forTitle ? folders.newest() : folders.of(turn.threadId, turn.ancestors))
  const ledger = openLedger(ledgerFolder(env), log, (path, error) =>
    say(
      `${path} cannot be written (${formatError(error)}): a resumed thread sends prompts as typed, without the changes of pre_input hooks. Make the folder writable.`,
    ),
  )
  await start
  return {
    stages: [
      createPreInputStage({
        hooksOf: async (turn) => (await hooksOf(turn).current()).preInput,
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
