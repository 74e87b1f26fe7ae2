// The proxy as codex-plus runs it in front of a WebSocket server, in a process of its own: commands, sessions and the request
// log, as in every run. Prints its address. socket-proxy.mjs BASE FOLDER
import { join } from 'node:path'
import { createCommandStage } from '../../dist/commands/command-stage.js'
import { silentLog } from '../../dist/log/log.js'
import { openLedger } from '../../dist/prompt/ledger.js'
import { createApp } from '../../dist/proxy/app.js'
import { startServer } from '../../dist/proxy/server.js'
import { createRecorder } from '../../dist/session/recorder.js'
import { openStore } from '../../dist/session/session-store.js'
import { isWatched } from '../../dist/trace/trace-folder.js'
import { createTracer } from '../../dist/trace/tracer.js'
import { createCookieJar } from '../../dist/upstream/cookie-jar.js'
import { createSocketConnections } from '../../dist/upstream/socket-connections.js'
import { createSocketUpstream } from '../../dist/upstream/socket-upstream.js'

const [, , base, folder] = process.argv
const log = { ...silentLog, warn: (event, fields) => process.stderr.write(`${event} ${JSON.stringify(fields)}\n`) }
const store = openStore({ folder, fileLimit: 1e9, log })
const recorder = createRecorder({ store, project: '/bench', version: '0', secrets: ['a-credential-in-use'], log })
const wanted = () => (isWatched(folder) ? { followed: true } : null)
const tracer = createTracer({ project: '/bench', wanted, begin() {}, write() {}, keep: null, log })
const expansion = { outcome: 'prompt', command: null, args: '', text: ['expanded'], attachments: [], message: null }
const stage = createCommandStage({
  ledger: openLedger(join(folder, 'ledger'), log),
  dialect: 'auto',
  log,
  expand: async () => expansion,
  choose: async () => null,
})
const sockets = createSocketUpstream({
  refusal: null,
  router: { resolve: async ({ path, headers }) => ({ url: new URL(base + path), headers }) },
  jar: createCookieJar(),
  connections: createSocketConnections(process.env),
  log,
})
const parts = { stages: [stage], observers: [recorder.observer, tracer.observer], sockets, address() {}, send() {} }
const server = await startServer(async (self) => createApp(self, parts, log), log)
process.stdout.write(`${server.base}/v1\n`)
process.stdin.on('end', () => process.exit(0)).resume()
