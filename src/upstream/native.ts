import http from 'node:http'
import https from 'node:https'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import { headerPairs } from '../request/headers.js'
import type { Upstream } from './upstream.js'

/** Makes the upstream that speaks with node's own http and https. */
export function createNativeUpstream(_options: { env: NodeJS.ProcessEnv; log: Log }): Upstream {
  const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) }
  return {
    name: 'native',
    send: ({ method, url, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const tls = url.protocol === 'https:'
        const outgoing = (tls ? https : http).request(url, {
          method,
          agent: tls ? agents.https : agents.http,
          signal,
          setHost: false,
        })
        for (const [name, value] of headers) outgoing.appendHeader(name, value)
        outgoing.setHeader('host', url.host)
        if (body) outgoing.setHeader('content-length', body.length)
        outgoing.removeHeader('connection')
        outgoing.once('error', (cause) =>
          reject(new CodexPlusError('CP_UPSTREAM_CONNECT', `${url.host}: ${cause.message}`, { cause })),
        )
        outgoing.once('response', (response) =>
          resolve({
            status: response.statusCode ?? 502,
            statusText: response.statusMessage ?? '',
            headers: headerPairs(response.rawHeaders),
            body: response,
          }),
        )
        outgoing.end(body ?? undefined)
      }),
    close: async () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}
