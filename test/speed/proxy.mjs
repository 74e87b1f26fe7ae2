// The proxy as codex-plus runs it, in a process of its own, in front of the bench's upstream. Prints its base URL.

import { silentLog } from '../../dist/log/log.js'
import { createApp } from '../../dist/proxy/app.js'
import { startServer } from '../../dist/proxy/server.js'
import { endToEnd } from '../../dist/request/headers.js'
import { createUpstream } from '../../dist/upstream/select.js'

const [, , transport, base] = process.argv
const upstream = createUpstream({
  transport,
  profile: 'codex',
  forced: true,
  env: process.env,
  log: silentLog,
  onNotice: (line) => process.stderr.write(`${line}\n`),
})
const parts = {
  stages: [],
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
