// Folder upstream: sends requests to the model's server: TLS transports, proxies, routing and the embedded echo upstream.
import type { Log } from '../log/log.js'
import { createNativeUpstream } from './native-upstream.js'
import type { TlsConnections } from './tls-connections.js'
import { usesCycletls } from './transport-choice.js'
import type { Upstream, UpstreamRequest } from './upstream.js'

export interface SelectOptions {
  readonly transport: 'cycletls' | 'native'
  /** Whether the user set the transport explicitly: it then serves loopback addresses too. */
  readonly forced: boolean
  readonly profile: 'codex' | 'chrome'
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** Node's own connections of the run, where one may have been opened already. */
  readonly connections?: TlsConnections | undefined
  onNotice(line: string): void
}

/** Creates the upstream of a run: cycletls for https servers; native for http and loopback, or when the user sets it. */
export function createUpstream(options: SelectOptions): Upstream {
  const { env, log, profile, connections, onNotice } = options
  const native = createNativeUpstream({ env, log, ...(connections && { connections }) })
  if (options.transport === 'native') return native
  let cycletls: Promise<Upstream> | undefined
  // Loaded with the first request that needs it, so that it does not slow the start.
  const loadCycletls = (): Promise<Upstream> => {
    cycletls ??= import('./cycletls/cycletls-upstream.js').then(({ createCycletlsUpstream }) =>
      createCycletlsUpstream({ profile, env, log, fallback: native, onNotice }),
    )
    return cycletls
  }
  const wantsCycletls = ({ url }: Pick<UpstreamRequest, 'url'>): boolean =>
    usesCycletls({ transport: options.transport, transportForced: options.forced }, url)
  return {
    name: 'cycletls',
    send: async (request) => await (wantsCycletls(request) ? await loadCycletls() : native).send(request),
    prepare(url) {
      if (wantsCycletls({ url })) void loadCycletls().then((upstream) => upstream.prepare?.(url))
    },
    async close() {
      await Promise.all([native.close(), cycletls?.then((upstream) => upstream.close())])
    },
  }
}
