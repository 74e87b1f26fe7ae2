import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CodexInvocation } from '../codex/arguments.js'
import { cachedVersion, readVersion, versionNotice } from '../codex/version.js'
import { readCodexConfig } from '../config/codex-config.js'
import { codexHome, gitRoot, xdgFolder } from '../config/paths.js'
import { readSettings } from '../config/settings.js'
import { formatError } from '../errors.js'
import { silentLog } from '../log/log.js'
import { createApp } from '../proxy/app.js'
import { startServer } from '../proxy/server.js'
import type { ExitStatus } from '../terminal/exit.js'
import { loadPty } from '../terminal/load.js'
import { createNotices } from './notices.js'
import type { OwnContext } from './own.js'
import { locate } from './run.js'
import { openUpstream } from './upstream.js'
import { ownVersion } from './version.js'

/** One thing that was looked at. */
interface Finding {
  readonly topic: string
  readonly ok: boolean
  readonly text: string
}

/** `plus doctor`: what was found, what works, and what does not. Exit code 1 when something does not. */
export async function runDoctor(invocation: CodexInvocation, { env, cwd }: OwnContext): Promise<ExitStatus> {
  const findings = await examine(invocation, { env, cwd })
  if (invocation.forwarded.includes('--json')) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else
    for (const { ok, topic, text } of findings)
      process.stdout.write(`${ok ? 'ok  ' : 'BAD '} ${topic.padEnd(9)} ${text}\n`)
  return { code: findings.every(({ ok }) => ok) ? 0 : 1, signal: null }
}

async function examine(invocation: CodexInvocation, { env, cwd }: OwnContext): Promise<Finding[]> {
  const findings: Finding[] = []
  const good = (topic: string, text: string): void => void findings.push({ topic, ok: true, text })
  const bad = (topic: string, text: string): void => void findings.push({ topic, ok: false, text })
  const attempt = async (topic: string, step: () => Promise<void> | void): Promise<void> => {
    try {
      await step()
    } catch (error) {
      bad(topic, formatError(error))
    }
  }

  good('version', `codex-plus ${ownVersion()}, node ${process.versions.node}`)
  await attempt('codex', async () => {
    const notices = createNotices((line) => good('codex', line.trim().replace(/^codex-plus: /, '')))
    const codex = locate(env, cwd, notices)
    const version = cachedVersion(codex, env) ?? (await readVersion(codex, env))
    if (version === null) return bad('codex', `${codex.found} does not tell its version`)
    good('codex', `${version} at ${codex.found} (${SOURCES[codex.source]})`)
    const notice = versionNotice(version)
    if (notice) good('codex', notice)
  })
  const login = existsSync(join(codexHome(env), 'auth.json'))
  good(
    'login',
    login ? `there is one in ${codexHome(env)} (not read)` : `none in ${codexHome(env)}; run \`codex login\``,
  )

  const { pty, reason } = await loadPty()
  if (pty) good('terminal', 'node-pty loads')
  else bad('terminal', `node-pty does not load (${reason}); codex runs on the plain terminal`)

  await attempt('settings', async () => {
    const { settings, notices } = await readSettings({ own: invocation.own, env, cwd })
    const config = readCodexConfig({ invocation, env, cwd, gitRoot: gitRoot(cwd) })
    for (const line of notices) bad('settings', line)
    for (const line of config.notices) bad('config', line)
    if (config.unproxied !== null) good('upstream', config.unproxied)
    const upstream =
      settings.upstream ?? config.upstream?.url ?? 'the server of the login (chatgpt.com or api.openai.com)'
    good('upstream', `${upstream}${config.upstream && !settings.upstream ? `, from ${config.upstream.source}` : ''}`)
    good('transport', `${settings.transport}, profile ${settings.profile}`)
    good('log', `level ${settings.log.level}, ${settings.log.file ?? join(xdgFolder('state', env), 'log')}`)
    await attempt('proxy', async () => good('proxy', await roundTrip(env)))
  })
  return findings
}

const SOURCES = { path: 'on PATH', env: 'CODEX_PLUS_CODEX', package: "codex-plus's own package" } as const

/** One request through a real proxy of ours to the echo upstream. */
async function roundTrip(env: NodeJS.ProcessEnv): Promise<string> {
  const { settings } = await readSettings({ own: {}, env: {}, cwd: xdgFolder('config', env) })
  const parts = openUpstream({ settings, base: 'echo', env, log: silentLog, onNotice: () => {} })
  const server = await startServer(async (self) => createApp(self, { ...parts, stages: [] }, silentLog), silentLog)
  try {
    const body = JSON.stringify({
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'ping' }] }],
    })
    const begun = performance.now()
    const response = await fetch(`${server.base}/v1/responses`, { method: 'POST', body })
    const text = await response.text()
    if (!text.includes('response.completed')) throw new Error(`the proxy answered ${response.status}`)
    return `a request went through it in ${Math.round(performance.now() - begun)} ms`
  } finally {
    await server.close()
  }
}
