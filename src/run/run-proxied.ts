// This folder composes a run: starts the proxy with all features (features/), starts codex behind it, and closes both.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cachedVersion, hasProfiles, readsBaseVariable, readVersion, versionNotice } from '../codex/codex-version.js'
import { BASE_VARIABLE, buildLaunch } from '../codex/launch.js'
import type { LaunchMode } from '../codex/launch-mode.js'
import { type ClaudeProtection, protectClaude, unprotected } from '../config/claude-protection.js'
import { readCodexConfig } from '../config/codex-upstream.js'
import { createSnapshot } from '../config/session-snapshot.js'
import { readSettings, type Settings } from '../config/settings.js'
import { isDistrusted } from '../config/trust.js'
import { formatError } from '../errors.js'
import { type Log, openLog } from '../log/log.js'
import { logFile } from '../log/log-file.js'
import { codexHome, gitRoot, xdgFolder } from '../paths.js'
import { createThreadFolders } from '../prompt/thread-folders.js'
import { startServer } from '../proxy/server.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import type { TerminalInterceptor } from '../terminal/interceptor.js'
import type { PtyRun } from '../terminal/run-in-pty.js'
import { runInherited } from '../terminal/run-inherited.js'
import type { RunConnections } from './begin-connection.js'
import { byFolder } from './by-folder.js'
import { confirmedByFolder } from './confirmed.js'
import { createExtensions } from './extensions.js'
import type { Feature, Offers, Run } from './feature.js'
import { closeFeatures, createFeatures } from './features.js'
import { heldBack } from './held-back.js'
import { runAlone } from './run-alone.js'
import type { Start } from './start.js'
import { surviveErrors } from './survive-errors.js'

/** Runs codex behind a proxy that lives as long as codex. Returns codex's exit status. */
export async function runProxied(start: Start, mode: LaunchMode): Promise<ExitStatus> {
  const { invocation, codex, env, cwd, notices } = start
  const folder = workFolder(start)
  const { settings, notices: settingNotices } = await readSettings({ own: invocation.own, env, cwd: folder })
  const config = readCodexConfig({ invocation, env, cwd: folder, gitRoot: gitRoot(folder) })
  for (const line of [...settingNotices, ...config.notices]) notices.say(line)
  if (config.unproxied !== null) {
    notices.say(config.unproxied)
    return await runAlone(start)
  }

  const file = logFile(settings.log.file, env)
  const log = openLog(file, settings.log.level, (error) =>
    notices.say(`${file} cannot be written (${formatError(error)}): this run has no log. Make its folder writable.`),
  )
  const release = surviveErrors(log, notices)
  const base = settings.upstream ?? config.upstream?.url ?? null
  const offers: Offers = {
    extensions: createExtensions(),
    secrets: [],
    status: new Map(),
    beforeTurn: [],
    refusals: [],
  }
  const early = beginConnection({ settings, base, env, log }, start, mode)
  const snapshot = createSnapshot(join(xdgFolder('state', env), 'start'))
  const run: Run = {
    ...start,
    folder,
    folders: createThreadFolders(folder),
    settings,
    settingsOf: settingsByFolder(start, folder, settings),
    base,
    interactive: mode.terminal === 'pty',
    serves: invocation.subcommand[0] === 'app-server',
    grantsTrust: invocation.trust && !isDistrusted(folder, gitRoot(folder), env),
    log,
    snapshot,
    confirmedOf: confirmedByFolder({ env, settings, snapshot, notices, log }),
    offers,
  }
  run.confirmedOf(folder)
  const features = await createFeatures(run)
  let closeUpstream = async (): Promise<void> => {}
  // The pipeline is loaded while codex starts, which takes longer.
  const server = await startServer(async (self) => {
    const { openProxy } = await import('./open-proxy.js')
    const opened = await openProxy(self, run, features, await early.connections)
    closeUpstream = opened.close
    return opened.handler
  }, log)
  const protection = await protect(run)
  noticeVersion(start)
  const added: NodeJS.ProcessEnv = Object.assign({}, ...features.map((feature) => feature.env?.(server.routeBase)))
  const needsVariable = readsBaseVariable(cachedVersion(codex, env))
  const addresses = Object.keys(added).filter((name) => added[name]?.includes(`//127.0.0.1:${server.port}/`))
  const hidden = [...addresses, ...(needsVariable ? [BASE_VARIABLE] : [])]
  const launch = buildLaunch({
    invocation,
    codex,
    env: { ...env, ...added },
    needsVariable,
    // The commands of the model must not learn the addresses of the proxy (codex-0.169 section 7.3).
    lastOverrides: hidden.map((name) => `shell_environment_policy.set.${name}=""`),
    base: `${server.base}/v1`,
    overrides: [...protection.overrides, ...features.flatMap((feature) => feature.overrides?.(server.routeBase) ?? [])],
    replaced: new Map([
      ...protection.replaced,
      ...features.flatMap((feature) => [...(feature.replaced?.(server.routeBase) ?? [])]),
    ]),
    dropped: protection.dropped,
    flags: features.flatMap((feature) => feature.flags?.() ?? []),
    withoutLogin: base === 'echo' && !hasLogin(env),
  })
  log.info('launch', { codex: codex.found, mode: mode.terminal, upstream: base === null ? 'default' : String(base) })

  try {
    const running = runCodex({ ...launch, cwd }, run, {
      interceptor: await interceptorOf(features, run),
      onTitle: (show) => features.forEach((feature) => void feature.title?.(show)),
    })
    setImmediate(early.codexStarted)
    const status = await running
    if (mode.modelCallExpected && status.code === 0 && server.requestCount() === 0 && !heldBack(run)) {
      notices.say(
        'no model call came through the proxy: something makes codex bypass it. Run `codex-plus plus doctor` to find out what.',
      )
    }
    return status
  } finally {
    notices.release()
    void early.connections.then((opened) => {
      opened?.sockets.close()
      opened?.tls.close()
    })
    await withinTime(async () => {
      await closeFeatures(features, run)
      await Promise.all([closeUpstream(), server.close()])
    }, log)
    snapshot.close()
    release()
    log.close()
  }
}

/** Returns what makes `.claude` read-only for the model's commands; codex is asked for its version where it is not known. */
async function protect({ invocation, codex, env, folder, settings, log }: Run): Promise<ClaudeProtection> {
  const root = gitRoot(folder)
  const protection =
    settings.protectClaude && !settings.safe
      ? protectClaude({ invocation, env, cwd: folder, gitRoot: root })
      : unprotected('it is switched off')
  if (protection.why === null && !hasProfiles(cachedVersion(codex, env) ?? (await readVersion(codex, env)))) {
    return unprotected('this version of codex has no permission profiles')
  }
  log.info('protect', { profile: protection.profile, why: protection.why })
  return protection
}

/** Returns the settings of each folder; the keys of a project that cannot be used are reported once. */
function settingsByFolder(
  { invocation, env, notices }: Start,
  start: string,
  settings: Settings,
): (folder: string) => Promise<Settings> {
  const { of } = byFolder(async (folder) => {
    if (folder === start) return settings
    const read = await readSettings({ own: invocation.own, env, cwd: folder })
    for (const line of read.notices) notices.say(line)
    return read.settings
  })
  return of
}

/** Time limit for closing, in ms: codex has ended, and the user must not wait for a slow feature. */
const CLOSE_WITHIN_MS = 5000

/** Runs `close` with a time limit. The timer also keeps this process alive meanwhile. */
async function withinTime(close: () => Promise<void>, log: Log): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn('close.late', { ms: CLOSE_WITHIN_MS })
      resolve()
    }, CLOSE_WITHIN_MS)
  })
  try {
    await Promise.race([close(), late])
  } finally {
    clearTimeout(timer)
  }
}

async function runCodex(
  launch: { file: string; args: readonly string[]; env: NodeJS.ProcessEnv; cwd: string },
  { notices, interactive, log }: Run,
  terminal: Pick<PtyRun, 'interceptor' | 'onTitle'>,
): Promise<ExitStatus> {
  if (!interactive) return await runInherited({ ...launch, endsWithParent: true })
  const { runInPty } = await import('../terminal/run-in-pty.js')
  // Messages of the PTY are written at once, before codex uses the terminal.
  const onNotice = (line: string): void => {
    notices.release()
    notices.say(line.replace(/^codex-plus: /, ''))
    notices.hold()
  }
  const running = runInPty({ ...launch, stdin: process.stdin, stdout: process.stdout, ...terminal, log, onNotice })
  notices.hold()
  return await running
}

/** Returns the interceptor of the feature that reads the screen; undefined if there is none or if it fails. */
async function interceptorOf(features: readonly Feature[], run: Run): Promise<TerminalInterceptor | undefined> {
  if (!run.interactive) return undefined
  try {
    return await features.find((feature) => feature.interceptor)?.interceptor?.()
  } catch (error) {
    run.log.error('feature.interceptor', { error: String(error) })
    return undefined
  }
}

/**
 * Opens the connection to the server where the run begins with a model call: it takes round trips, and so is begun before
 * anything else. Its TLS, which is work, waits until codex has been started.
 */
function beginConnection(
  run: Pick<Run, 'settings' | 'base' | 'env' | 'log'>,
  { invocation }: Start,
  mode: LaunchMode,
): { readonly connections: Promise<RunConnections | undefined>; codexStarted(): void } {
  const { settings, base, log } = run
  const first = mode.modelCallExpected || (mode.terminal === 'pty' && invocation.prompt !== null)
  let codexStarted = (): void => {}
  const started = new Promise<void>((resolve) => {
    codexStarted = resolve
  })
  const open = async (): Promise<RunConnections | undefined> => {
    if (!settings.earlyConnection || base === 'echo' || !first) return undefined
    try {
      const { connectEarly } = await import('./begin-connection.js')
      return connectEarly(run, started)
    } catch (error) {
      log.warn('early', { error: String(error) })
      return undefined
    }
  }
  return { connections: open(), codexStarted: () => codexStarted() }
}

/** Returns codex's working directory: `-C DIR`, otherwise that of codex-plus. */
function workFolder({ invocation, cwd }: Start): string {
  return invocation.cd === null ? cwd : resolve(cwd, invocation.cd)
}

/** Warns about an untested codex version. A version that is not cached is read in the background, without waiting. */
function noticeVersion({ codex, env, notices }: Start): void {
  const warn = (version: string | null): void => {
    const line = version === null ? null : versionNotice(version)
    if (line !== null) notices.say(line)
  }
  const cached = cachedVersion(codex, env)
  if (cached !== null) warn(cached)
  else void readVersion(codex, env).then(warn)
}

/** Whether codex has credentials, as far as this can be known without reading them. */
function hasLogin(env: NodeJS.ProcessEnv): boolean {
  return existsSync(join(codexHome(env), 'auth.json')) || Boolean(env.CODEX_API_KEY) || Boolean(env.CODEX_ACCESS_TOKEN)
}
