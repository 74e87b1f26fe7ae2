// The proxy's hook route with a real engine, in a process of its own. Prints its address, then the own time of each hook.
import { createBridge } from '../../dist/hooks/codex/bridge/bridge.js'
import { createHookRoute } from '../../dist/hooks/codex/bridge/hook-route.js'
import { createHookEngine } from '../../dist/hooks/engine.js'
import { silentLog } from '../../dist/log/log.js'
import { createApp } from '../../dist/proxy/app.js'
import { startServer } from '../../dist/proxy/server.js'

const [, , cwd] = process.argv
const engine = createHookEngine({ cwd, env: process.env, assumeTrust: true })
const log = { ...silentLog, info: (event, { ms }) => event === 'hooks.event' && process.stdout.write(`${ms}\n`) }
const bridge = createBridge({
  engineOf: () => engine,
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
