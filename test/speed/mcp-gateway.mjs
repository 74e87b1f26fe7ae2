// The gateway in a process of its own, in front of so many fixture servers. Prints its address; a line on stdin is answered
// with what it weighs by then, in MB.
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { silentLog } from '../../dist/log/log.js'
import { createGateway } from '../../dist/mcp/gateway.js'
import { createPool } from '../../dist/mcp/server-pool.js'
import { createApp } from '../../dist/proxy/app.js'
import { startServer } from '../../dist/proxy/server.js'

const count = Number(process.argv[2])
const access = { denied: false, deniedTools: [], allowed: false, allowedTools: [], askedTools: [] }
const value = { command: process.execPath, args: [new URL('../fixtures/mcp/server.mjs', import.meta.url).pathname] }
const pool = createPool({
  servers: Array.from({ length: count }, (_, index) => {
    const name = `s${index}`
    return { name, id: name, scope: 'user', file: '', line: 1, value, access, kept: null, reason: null }
  }),
  trusted: true,
  limits: { startMs: 30_000, callMs: 30_000, outputTokens: 25_000 },
  version: '0',
  cwd: tmpdir(),
  env: process.env,
  sessionId: 's',
  outputFolder: tmpdir(),
  log: silentLog,
})
const routes = { mcp: createGateway(pool, silentLog) }
const server = await startServer(async (self) => createApp(self, { stages: [] }, silentLog, routes), silentLog)
await Promise.all([...pool.members.values()].map(({ connection }) => connection.ready()))
process.stdout.write(`${server.routeBase('mcp')}\n`)
createInterface({ input: process.stdin })
  .on('line', () => {
    globalThis.gc?.()
    process.stdout.write(`${process.memoryUsage.rss() / 1024 / 1024}\n`)
  })
  .on('close', async () => {
    await pool.close()
    process.exit(0)
  })
