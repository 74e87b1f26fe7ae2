// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of .mcp.json, not templates.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { formatError } from '../../src/errors.js'
import type { Log } from '../../src/log/log.js'
import { concealer } from '../../src/mcp/conceal-secrets.js'
import type { Pool } from '../../src/mcp/server-pool.js'
import { makePlace, type Place, poolOf } from './place.js'

const TOKEN = 'sup3rs3cretvalue'

it('variables become their names again, headers and tokens go', () => {
  const conceal = concealer(
    { url: 'http://x/${TOKEN}', headers: { 'X-A': 'literal-secret', 'X-B': '${OTHER:-none}' } },
    { TOKEN, OTHER: 'other-secret', HOME: '/home/someone' },
  )
  expect(conceal(`404 /${TOKEN} literal-secret other-secret /home/someone Bearer abcdefghijkl`)).toBe(
    '404 /${TOKEN} [redacted] ${OTHER} /home/someone Bearer [redacted]',
  )
})

let place: Place
let server: Server
let pool: Pool | undefined
beforeEach(async () => {
  place = makePlace()
  // A server that repeats in its failures all it was sent.
  server = createServer(({ url, headers }, outgoing) => {
    outgoing.writeHead(500).end(`boom ${url} ${JSON.stringify(headers)}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await pool?.close()
  server.close()
  place.remove()
})

it.each([
  ['a server that repeats what it was sent', 'remote'],
  ['a program that is not there', 'stdio'],
])('%s: no secret in an error, and none in the log', async (_name, kind) => {
  const { port } = server.address() as AddressInfo
  const entry =
    kind === 'stdio'
      ? { command: '/nowhere/${TOKEN}' }
      : { type: 'http', url: `http://127.0.0.1:${port}/?key=\${TOKEN}`, headers: { 'X-Own': 'a-${TOKEN}-b' } }
  const lines: string[] = []
  const write = (event: string, fields?: object): void => void lines.push(JSON.stringify([event, fields]))
  const log: Log = { error: write, warn: write, info: write, debug: write, close() {} }
  pool = poolOf(place, { srv: entry }, { env: { TOKEN }, log })
  const failure = await pool
    .member('srv')
    .connection.ready()
    .then(String, (error: unknown) => formatError(error))
  expect(failure).toMatch(kind === 'stdio' ? /there is no program '\/nowhere\/\$\{TOKEN\}'/ : /boom .*key=\$\{TOKEN\}/)
  expect(failure + pool.member('srv').connection.state().reason + lines.join('\n')).not.toContain(TOKEN)
})
