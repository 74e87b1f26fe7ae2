import { readCodexConfig } from '../../config/codex-upstream.js'
import { logFile } from '../../log/log-file.js'
import { gitRoot } from '../../paths.js'
import { caFile, environmentProxy } from '../../upstream/environment-proxy.js'
import { socketRefusal } from '../../upstream/socket-refusal.js'
import { about, type Check } from './finding.js'

const DEFAULT = new URL('https://chatgpt.com/backend-api/codex')

/** Reports where model calls go, the transport, codex's WebSocket, the log, and problems in codex's configuration. */
export const upstreamCheck: Check = {
  topic: 'upstream',
  run({ invocation, settings, env, cwd }) {
    const { ok, note } = about('upstream')
    const config = readCodexConfig({ invocation, env, cwd, gitRoot: gitRoot(cwd) })
    const url = settings.upstream ?? config.upstream?.url ?? null
    const from = settings.upstream === null && config.upstream ? `, from ${config.upstream.source}` : ''
    const refusal = socketRefusal(settings, url)
    const log = `level ${settings.log.level}, ${logFile(settings.log.file, env)}`
    return [
      ...(config.unproxied === null ? [] : [note(config.unproxied)]),
      ok(`${url ?? 'the server of the login (chatgpt.com or api.openai.com)'}${from}`),
      about('transport').ok(
        settings.transport === 'native' ? 'native' : `cycletls, profile ${settings.profile} (for https)`,
      ),
      about('websocket').ok(refusal === null ? "codex's own is carried to the server" : `off, codex posts: ${refusal}`),
      about('log').ok(log),
      ...config.notices.map(about('config').bad),
    ]
  },
}

/** Reports the proxy and the certificates that the environment sets for connections to the upstream. */
export const networkCheck: Check = {
  topic: 'network',
  run({ settings, env }) {
    const { ok } = about('network')
    const target = settings.upstream instanceof URL ? settings.upstream : DEFAULT
    const proxy = environmentProxy(target, env)
    const ca = caFile(env)
    return [
      ok(proxy === null ? `no proxy for ${target.host}` : `${target.host} through the proxy ${proxy.host}`),
      ...(ca === null ? [] : [ok(`certificates of ${ca} are trusted`)]),
      ...(env.SSL_CERT_DIR ? [ok(`certificates of ${env.SSL_CERT_DIR} are trusted`)] : []),
    ]
  },
}
