import type { Settings } from '../config/settings.js'
import type { Log } from '../log/log.js'
import { addressRequest } from '../proxy/address.js'
import type { PipelineParts } from '../proxy/pipeline.js'
import { createEchoUpstream } from '../upstream/echo.js'
import { createNativeUpstream } from '../upstream/native.js'
import type { Upstream } from '../upstream/upstream.js'

export interface OpenUpstreamOptions {
  readonly settings: Settings
  /** `echo`, the user's own server, or null for the one that fits the login of each request. */
  readonly base: 'echo' | URL | null
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  onNotice(line: string): void
}

/** Opens the way upstream of one run. */
export function openUpstream(options: OpenUpstreamOptions): PipelineParts & { close(): Promise<void> } {
  const { base, env, log } = options
  const upstream: Upstream =
    base === 'echo' ? createEchoUpstream(options.settings.echo) : createNativeUpstream({ env, log })
  const root = base === 'echo' || base === null ? new URL('http://echo.invalid/v1') : base
  return {
    stages: [],
    address: (request) =>
      addressRequest(request, async ({ path, headers }) => ({
        url: new URL(root.href.replace(/\/$/, '') + path),
        headers,
      })),
    send: (request) => upstream.send(request),
    close: () => upstream.close(),
  }
}
