import { type AddressInfo, createServer, type Server } from 'node:net'
import { silentLog } from '../../log/log.js'
import { createCycletlsUpstream } from '../../upstream/cycletls/cycletls-upstream.js'
import { findBinary } from '../../upstream/cycletls/helper-binary.js'
import { ja4 } from '../../upstream/cycletls/ja4.js'
import { createNativeUpstream } from '../../upstream/native-upstream.js'
import { about, type Check } from './finding.js'

/** What codex 0.169's own handshake is (`upstream/cycletls/profiles.ts`). */
const CODEX_JA4 = 't13d301100_1d37bd780c83_8e6e362c5eac'
const PATIENCE_MS = 15_000

/** The TLS helper: whether it runs, how exposed it is, and the fingerprint a server sees. */
export const helperCheck: Check = {
  topic: 'tls',
  async run({ settings, env }) {
    const { ok, note, bad } = about('tls')
    if (settings.transport === 'native') return [ok("node's own https (transport native); no helper runs")]
    const binary = findBinary()
    const seen = await captureFingerprint(settings.profile, env)
    const fingerprint =
      seen === null
        ? bad(`the helper sent no handshake within ${PATIENCE_MS / 1000} s`)
        : settings.profile === 'chrome'
          ? ok(`JA4 ${seen} (profile chrome)`)
          : seen === CODEX_JA4
            ? ok(`JA4 ${seen}, the same as codex's own`)
            : bad(`JA4 ${seen}, but codex's own is ${CODEX_JA4}`)
    const exposure =
      'while https requests run, the helper listens on all interfaces: others on this machine or network could send ' +
      'requests of their own through it. It holds no login. `--plus-transport native` avoids it'
    return [ok(`helper ${binary}`), fingerprint, note(exposure)]
  },
}

/** The JA4 of the helper's ClientHello, as a listener of ours on loopback gets it; null where none comes. */
async function captureFingerprint(profile: 'codex' | 'chrome', env: NodeJS.ProcessEnv): Promise<string | null> {
  const { server, hello } = await listen()
  const log = silentLog
  const options = { profile, env, log, fallback: createNativeUpstream({ env, log }), onNotice: () => {} }
  const upstream = createCycletlsUpstream(options)
  const abort = new AbortController()
  try {
    const { port } = server.address() as AddressInfo
    // The listener hangs up after the first bytes: the request itself has to fail.
    const url = new URL(`https://localhost:${port}/`)
    const sent = upstream.send({ method: 'GET', url, headers: [], body: Buffer.alloc(0), signal: abort.signal })
    const first = await Promise.race([hello, sent.then(() => hello).catch(() => hello)])
    return first === null ? null : ja4(first)
  } finally {
    abort.abort()
    await upstream.close()
    server.close()
  }
}

async function listen(): Promise<{ server: Server; hello: Promise<Buffer | null> }> {
  const server = createServer()
  const hello = new Promise<Buffer | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), PATIENCE_MS)
    timer.unref()
    server.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.once('data', (bytes) => {
        clearTimeout(timer)
        resolve(bytes)
        socket.destroy()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, hello }
}
