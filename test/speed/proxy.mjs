// The proxy as codex-plus runs it, in a process of its own, in front of the bench's upstream. Prints its base URL.
// proxy.mjs TRANSPORT BASE [FOLDER]: with a folder it records sessions there, and has the request log (which nobody reads).

import { silentLog } from '../../dist/log/log.js'
import { createApp } from '../../dist/proxy/app.js'
import { startServer } from '../../dist/proxy/server.js'
import { endToEnd } from '../../dist/request/header-list.js'
import { createRecorder } from '../../dist/session/recorder.js'
import { openStore } from '../../dist/session/session-store.js'
import { isWatched } from '../../dist/trace/trace-folder.js'
import { createTracer } from '../../dist/trace/tracer.js'
import { createUpstream } from '../../dist/upstream/create-upstream.js'
import { createCycletlsUpstream } from '../../dist/upstream/cycletls/cycletls-upstream.js'
import { createNativeUpstream } from '../../dist/upstream/native-upstream.js'

const [, , transport, base, folder] = process.argv
const options = {
  profile: 'codex',
  env: process.env,
  log: silentLog,
  onNotice: (line) => process.stderr.write(`${line}\n`),
}
// `cycletls-kept`: the helper is kept between requests, as codex-plus did once; what a helper for each request costs.
const upstream =
  transport === 'cycletls-kept'
    ? createCycletlsUpstream({ ...options, fallback: createNativeUpstream(options), linger: 60_000 })
    : createUpstream({ ...options, transport, forced: true })
const parts = {
  stages: [],
  observers: folder === undefined ? [] : observe(folder),
  address: async (request) => ({
    method: request.method,
    url: new URL(base + request.path),
    headers: endToEnd(request.headers, ['host', 'content-length', 'accept-encoding']),
    body: await request.body.bytes(),
    signal: request.signal,
  }),
  send: (request) => upstream.send(request),
}
const server = await startServer(async (self) => createApp(self, parts, silentLog), silentLog)
process.stdout.write(`${server.base}/v1\n`)
process.stdin.on('end', async () => {
  await upstream.close()
  process.exit(0)
})
process.stdin.resume()
process.on('message', () => process.send({ rss: process.memoryUsage().rss }))

function observe(folder) {
  const log = { ...silentLog, warn: (event, fields) => process.stderr.write(`${event} ${JSON.stringify(fields)}\n`) }
  const store = openStore({ folder, fileLimit: 1e9, log })
  const recorder = createRecorder({
    store,
    projectOf: () => '/bench',
    version: '0',
    secrets: ['a-credential-in-use'],
    log,
  })
  const nothing = () => {}
  const wanted = () => (isWatched(folder) ? { told: true } : null)
  const tracer = createTracer({ projectOf: () => '/bench', wanted, begin: nothing, write: nothing, keep: null, log })
  return [recorder.observer, tracer.observer]
}
