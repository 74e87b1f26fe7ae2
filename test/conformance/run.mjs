// Runs the MCP project's conformance suite against our client (`plus mcp`) and against the gateway as a server.
// `npm run conformance`; exit code 1 when anything fails that expected-failures.yml does not name, or no longer does.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const suite = join(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'),
  '../dist/index.js',
)
const scratch = mkdtempSync(join(tmpdir(), 'codex-plus-conformance-'))
const node20 = Number(process.versions.node.split('.')[0]) < 22 ? ['--import', at('node20.mjs')] : []

/** Runs the suite once: what it printed, and how it ended. */
function run(...args) {
  return new Promise((resolve) => {
    const baseline = ['--expected-failures', at('expected-failures.yml')]
    const child = spawn(process.execPath, [...node20, suite, ...args, ...baseline], { cwd: scratch })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text += bytes))
    child.once('close', (code) => resolve({ text, code }))
  })
}

/** The gateway behind the guard, as it is in a run, in front of the suite's own server over stdio. */
async function startGateway() {
  const { startServer } = await import('../../dist/proxy/server.js')
  const { createApp } = await import('../../dist/proxy/app.js')
  const { createGateway } = await import('../../dist/mcp/gateway.js')
  const { createPool } = await import('../../dist/mcp/server-pool.js')
  const { silentLog } = await import('../../dist/log/log.js')
  const access = { denied: false, deniedTools: [], allowed: false, allowedTools: [], askedTools: [] }
  const value = { command: process.execPath, args: [at('server.mjs')] }
  const pool = createPool({
    servers: [{ name: 'srv', id: 'srv', scope: 'user', file: '', line: 1, value, access, kept: null, reason: null }],
    trusted: true,
    limits: { startMs: 30_000, callMs: 30_000, outputTokens: 25_000 },
    version: '0',
    cwd: scratch,
    env: process.env,
    sessionId: 's',
    outputFolder: scratch,
    log: silentLog,
  })
  const parts = { stages: [], address: async () => null, send: async () => null }
  const server = await startServer(
    async (self) => createApp(self, parts, silentLog, { mcp: createGateway(pool, silentLog) }),
    silentLog,
  )
  const close = async () => {
    await pool.close()
    await server.close()
  }
  return { url: `${server.routeBase('mcp')}/mcp/srv`, close }
}

const which = process.argv[2]
let failed = false
const report = (title, { text, code }) => {
  failed ||= code !== 0
  const summary = text.slice(text.lastIndexOf('=== '))
  console.log(`${title}: exit code ${code}\n${process.argv.includes('--verbose') ? text : summary}`)
}
if (which !== 'client') {
  const gateway = await startGateway()
  report('The gateway as a server', await run('server', '--url', gateway.url, '--suite', 'all'))
  await gateway.close()
}
if (which !== 'server') {
  const client = ['client', '--command', `node ${at('client.mjs')}`, '--timeout', '60000']
  const all = await run(...client, '--suite', 'all')
  const unexpected = [...all.text.matchAll(/^ {2}✗ (\S+)$/gm)].map(([, name]) => name)
  // The suite starts all scenarios at once, and one of them takes the time: what failed is tried again alone.
  const again = []
  for (const name of unexpected) again.push([name, await run(...client, '--scenario', name)])
  const code = again.length > 0 && again.every(([, alone]) => alone.code === 0) ? 0 : all.code
  report('Our client', { text: all.text, code })
  for (const [name, alone] of again) console.log(`${name}, alone: exit code ${alone.code}\n${alone.text}`)
}
rmSync(scratch, { recursive: true, force: true })
process.exit(failed ? 1 : 0)
