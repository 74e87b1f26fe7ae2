// The proxy's hook route with a real engine and the folder's permission rules, in a process of its own. Prints its address, then the own time of each hook.
import { createBridge } from '../../dist/hooks/codex/bridge/bridge.js'
import { createHookRoute } from '../../dist/hooks/codex/bridge/hook-route.js'
import { createHookEngine } from '../../dist/hooks/engine.js'
import { silentLog } from '../../dist/log/log.js'
import { readPermissionSettings } from '../../dist/permissions/read-settings.js'
import { createSessionRules } from '../../dist/permissions/session-rules.js'
import { createApp } from '../../dist/proxy/app.js'
import { startServer } from '../../dist/proxy/server.js'

const [, , cwd] = process.argv
const engine = createHookEngine({ cwd, env: process.env, assumeTrust: true })
const log = { ...silentLog, info: (event, { ms }) => event === 'hooks.event' && process.stdout.write(`${ms}\n`) }
const settings = readPermissionSettings({ cwd, env: process.env })
const rules = createSessionRules({ settings, cwd, home: cwd, trusted: () => true })
const keeper = {
  judge: (uses, payload, turnId) => rules.judge(uses, { cwd: payload.cwd, turnId }),
  codexAsks: async () => false,
  answersAll: false,
}
const bridge = createBridge({
  engineOf: () => engine,
  ...(settings.rules.length > 0 && { rules: keeper }),
  onError: 'open',
  interactive: true,
  stopCap: 8,
  log,
  say: (line) => process.stderr.write(`${line}\n`),
})
const parts = { stages: [], address: async () => ({}), send: async () => ({}) }
const routes = { hooks: createHookRoute(bridge, () => {}) }
const server = await startServer(async (self) => createApp(self, parts, silentLog, routes), silentLog)
process.stdout.write(`${server.routeBase('hooks')}/hooks\n`)
process.stdin.on('end', () => process.exit(0)).resume()
