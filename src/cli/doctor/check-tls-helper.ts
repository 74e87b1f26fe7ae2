import { type AddressInfo, createServer, type Server } from 'node:net'
import { silentLog } from '../../log/log.js'
import { createCycletlsUpstream } from '../../upstream/cycletls/cycletls-upstream.js'
import { findBinary } from '../../upstream/cycletls/helper-binary.js'
import { ja4 } from '../../upstream/cycletls/ja4.js'
import { createNativeUpstream } from '../../upstream/native-upstream.js'
import { about, type Check } from './finding.js'

/** The JA4 of codex 0.169's own handshake (`upstream/cycletls/profiles.ts`). */
const CODEX_JA4 = 't13d301100_1d37bd780c83_8e6e362c5eac'
const HANDSHAKE_TIMEOUT_MS = 15_000

/** Reports whether the TLS helper runs, how exposed it is, and the fingerprint a server sees. */
export const helperCheck: Check = {
  topic: 'tls',
  async run({ settings, env }) {
    const { ok, note, bad } = about('tls')
    if (settings.transport === 'native') return [ok("node's own https (transport native); no helper runs")]
    const binary = findBinary()
    const seen = await captureFingerprint(settings.profile, env)
    const fingerprint =
      seen === null
        ? bad(`the helper sent no handshake within ${HANDSHAKE_TIMEOUT_MS / 1000} s`)
        : settings.profile === 'chrome'
          ? ok(`JA4 ${seen} (profile chrome)`)
          : seen === CODEX_JA4
            ? ok(`JA4 ${seen}, the same as codex's own`)
            : bad(`JA4 ${seen}, but codex's own is ${CODEX_JA4}`)
    const exposure =
      'while https requests run, the helper listens on all interfaces: others on this machine or network could send ' +
      'their own requests through it. It holds no login. `--plus-transport native` avoids it'
    return [ok(`helper ${binary}`), fingerprint, note(exposure)]
  },
}

/** Returns the JA4 of the ClientHello that the helper sends to a loopback listener; null if none arrives. */
async function captureFingerprint(profile: 'codex' | 'chrome', env: NodeJS.ProcessEnv): Promise<string | null> {
  const { server, hello } = await listen()
  const log = silentLog
  const options = { profile, env, log, fallback: createNativeUpstream({ env, log }), onNotice: () => {} }
  const upstream = createCycletlsUpstream(options)
  const abort = new AbortController()
  try {
    const { port } = server.address() as AddressInfo
    // The listener closes the connection after the first bytes, so the request itself always fails.
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
    const timer = setTimeout(() => resolve(null), HANDSHAKE_TIMEOUT_MS)
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
